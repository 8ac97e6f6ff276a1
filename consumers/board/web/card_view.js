// One open tiltakskort: why, who has it, until when, its actions, and the button that says it was seen.

import {h, setText} from './dom.js';
import {ActionView} from './action_view.js';
import {acknowledgeRefusals, acknowledgeText, closedUnderFormText, holderText, isLate, roleName, seenText} from './card_text.js';
import {Command, refusalText} from './command.js';
import {cardId, escalation, readCards, recipientName} from './escalation.js';
import {levelMark} from './levels.js';

const NO_LEVEL = 'ESCALATION_LEVEL_UNSPECIFIED';

export class CardView {
  constructor(card) {
    this.id = cardId(card);
    this.command = new Command('EscalationService/AcknowledgeTiltak');
    this.title = h('h3', {id: `kort-${this.id}`, tabindex: '-1'}, card.issued.title);
    this.level = h('span');
    this.facts = h('dl', {class: 'card-facts'});
    this.button = h('button', {type: 'button', class: 'primary', onclick: () => this.acknowledge()}, 'Kvitter for kortet');
    this.error = h('p', {class: 'error', role: 'alert'});
    this.gone = h('p', {class: 'gone', role: 'alert'});
    this.actions = (card.issued.actions ?? []).map((action) => new ActionView(this.id, action));
    this.element = h('article', {class: 'card', 'aria-labelledby': this.title.id},
        h('div', {class: 'card-head'}, this.title, this.level), this.gone, h('p', {class: 'why'}, card.issued.why), this.facts,
        h('p', {class: 'acknowledge'}, this.button), this.error,
        h('ol', {class: 'actions'}, this.actions.map((action) => action.element)));
    this.update(card);
  }

  update(card) {
    this.card = card;
    const seen = seenText(card);
    const hasLevel = card.level && card.level !== NO_LEVEL && card.issued.templateId !== 'mote';
    const pairs = [['Til', recipientName(card.issued.recipient)], ['Hos', card.open ? holderText(card) : ''],
      seen ? ['Kvittert', seen] : ['Kvitteres innen', acknowledgeText(card), isLate(card.acknowledgeBy)],
      ['Forbigått', (card.passedOver ?? []).map((role) => `${role.name || roleName(card, role.role)} (ingen har rollen)`).join(', ')]];
    const text = JSON.stringify([pairs, card.level]);
    if (this.shown !== text) {
      this.shown = text;
      this.facts.replaceChildren(...pairs.filter(([, value]) => value).map(([label, value, warn]) =>
        h('div', {'data-tone': warn ? 'warn' : null}, h('dt', null, label), h('dd', null, value))));
      this.level.replaceChildren(...(hasLevel ? ['Nivå ', levelMark(card.level)] : ['Vedtak fra kapasitetsmøtet']));
    }
    this.button.parentNode.hidden = Boolean(seen) || !card.open;
    if (seen && !this.seen) setText(this.error, '');   // What was told of an earlier try is over; what is told after it stays.
    this.seen = seen !== '';
    for (const action of this.actions) action.update(card);
    setText(this.gone, card.open ? '' : closedUnderFormText(card, this.actions.map((action) => action.formState())));
  }

  // Whether somebody is writing on it, or is yet to read what became of an answer.
  isHeld() {
    return this.actions.some((action) => action.isHeld());
  }

  async acknowledge() {
    if (this.command.underWay) return;
    setText(this.error, '');
    this.button.disabled = true;
    const shown = this.card;
    const {recipient} = shown.issued;
    try {
      const receipt = await this.command.send({cardId: this.id});
      await readCards(recipient, receipt.cursor).catch(() => {});   // It is said; the stream shows it where this cannot.
      this.title.focus({preventScroll: true});
    } catch (error) {
      await readCards(recipient).catch(() => {});
      const card = escalation.card(this.id) ?? this.card;
      this.update(card);
      setText(this.error, refusalText(error, acknowledgeRefusals(card, shown)));
      if (this.seen) this.title.focus({preventScroll: true});   // The button is gone.
    } finally {
      this.button.disabled = false;
    }
  }
}
