// Setting a level by hand, and taking that back. The hub decides who may; those who do not see the values are not offered it.

import {now} from './board.js';
import {Command, refusalText, refusedField} from './command.js';
import {h} from './dom.js';
import {askLevels} from './escalation.js';
import {Form, field, tooLong} from './form.js';
import {LEVELS, levelName} from './levels.js';
import {momentOfWall, osloWall} from './oslo.js';

const HOUR_MS = 3600 * 1000;
const EXPIRES_HOURS = 8;         // What the form proposes.
const EXPIRES_HOURS_MAX = 168;   // What the hub allows.
const REASON_CHARS_MAX = 500;
const PERSON = 'Skriv ingenting som peker på en pasient.';

const WRONG = {
  reason: 'Begrunnelsen er tom, for lang, eller ser ut til å inneholde et fødselsnummer.',
  expires_at: 'Tidspunktet må være fram i tid, og høyst 7 døgn fram.',
};
class WrongInput extends Error {}

function refused(error) {
  if (error instanceof WrongInput) return error.message;
  return refusalText(error, {permission_denied: 'Bare de som kan skrive for hele sykehuset, kan overstyre nivået.',
    invalid_argument: WRONG[refusedField(error)] ?? 'Huben godtok ikke det som er skrevet.'});
}

const scopeOf = (scope) => (scope.startsWith('h:') ? {hospital: scope.slice(2)} : {region: scope.slice(2)});

export class OverrideForms {
  constructor(scope) {
    this.scope = scope;
    this.command = new Command('EscalationService/OverrideLevel');
    this.set = h('button', {type: 'button', onclick: () => this.open(this.setForm())}, 'Overstyr nivået');
    this.lift = h('button', {type: 'button', onclick: () => this.open(this.liftForm())}, 'Opphev overstyringen');
    this.buttons = h('p', {class: 'buttons'}, this.set, this.lift);
    this.place = h('div');
    this.element = h('div', {class: 'override'}, this.buttons, this.place);
  }

  update(level) {
    this.level = level;
    this.element.hidden = Boolean(level.valuesWithheld);
    this.lift.hidden = level.cause !== 'LEVEL_CAUSE_OVERRIDE';
    for (const button of [this.set, this.lift]) button.setAttribute('aria-label', `${button.textContent} for ${level.name}`);
  }

  open(form) {
    this.opened = document.activeElement;
    this.place.replaceChildren(form.element);
    this.buttons.hidden = true;
    form.focus();
  }

  shut() {
    this.place.replaceChildren();
    this.buttons.hidden = false;
    (this.opened?.hidden ? this.set : this.opened)?.focus();
  }

  async say(request, reason) {
    const text = reason.value.trim();
    if (text === '' || tooLong(text, REASON_CHARS_MAX)) throw new WrongInput(WRONG.reason);
    const receipt = await this.command.send({...scopeOf(this.scope), reason: text, ...request});
    await askLevels(receipt.cursor);
    this.shut();
  }

  setForm() {
    const level = h('select', null, LEVELS.map((one) => h('option', {value: one, selected: one === this.level.level}, levelName(one))));
    const reason = h('textarea', {rows: 2, required: true});
    const expires = h('input', {type: 'datetime-local', required: true, value: osloWall(now() + EXPIRES_HOURS * HOUR_MS),
      min: osloWall(now()), max: osloWall(now() + EXPIRES_HOURS_MAX * HOUR_MS)});
    return new Form({label: 'Overstyr nivået', submit: 'Sett nivået', onCancel: () => this.shut(), refused,
      fields: [field('Nivå', level), field('Begrunnelse', reason, PERSON),
        field('Utløper', expires, 'Norsk tid, høyst 7 døgn fram. Deretter gjelder reglene igjen.')],
      send: () => {
        const expiresAt = momentOfWall(expires.value);
        if (!expiresAt) throw new WrongInput(WRONG.expires_at);
        return this.say({level: level.value, expiresAt}, reason);
      }});
  }

  liftForm() {
    const reason = h('textarea', {rows: 2, required: true});
    return new Form({label: 'Opphev overstyringen', submit: 'Opphev', onCancel: () => this.shut(), refused,
      fields: [field('Begrunnelse', reason, PERSON)], send: () => this.say({lift: true}, reason)});
  }
}
