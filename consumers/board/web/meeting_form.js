// Holding a meeting: who was there, what was decided, by whom and until when; on the picture that the room looked at.

import {kommuneName, now} from './board.js';
import {Command, refusalText, refusedField} from './command.js';
import {h} from './dom.js';
import {kommunerAmong, recipientName} from './escalation.js';
import {Form, field} from './form.js';
import {momentOfWall, osloWall} from './oslo.js';
import {rolesOf} from './roles.js';

const DUE_HOURS = 4;   // What the form proposes.
const ROLE_CHARS_MAX = 100;
const TEXT_CHARS_MAX = 500;

class WrongInput extends Error {}

// Rows that are added and taken away.
class Rows {
  constructor(name, add, make) {
    this.make = make;
    this.rows = new Map();
    this.list = h('div', {class: 'rows'});
    this.button = h('button', {type: 'button', onclick: () => this.add().querySelector('input, textarea, select').focus()}, add);
    this.element = h('div', {role: 'group', 'aria-label': name}, h('h3', null, name), this.list, h('p', {class: 'buttons'}, this.button));
  }

  add() {
    const row = this.make();
    const remove = h('button', {type: 'button', class: 'remove', onclick: () => this.remove(element)}, 'Fjern');
    const element = h('div', {class: 'row'}, row.fields, remove);
    this.rows.set(element, row);
    this.list.append(element);
    return element;
  }

  remove(element) {
    this.rows.delete(element);
    element.remove();
    this.button.focus();
  }

  all() {
    return [...this.rows.values()];
  }
}

export class MeetingForm {
  // picture(): what the room looks at; held(id): called with the id of the meeting.
  constructor(hospital, picture, held) {
    Object.assign(this, {hospital, picture, held});
    this.command = new Command('EscalationService/HoldMeeting');
    this.attendance = new Rows('Hvem er her', 'Legg til deltaker', () => this.attendant());
    this.decisions = new Rows('Vedtak', 'Legg til vedtak', () => this.decision());
    this.form = new Form({label: 'Referat', submit: 'Avslutt møtet og lagre', send: () => this.send(), refused: (error) => this.refused(error),
      fields: [this.attendance.element, this.decisions.element,
        h('p', {class: 'quiet'}, 'Møtet lagres med bildet over, slik det står nå, og kan ikke endres etterpå. Skriv ingenting som peker på en pasient.')]});
    this.element = this.form.element;
    this.attendance.add();
    this.decisions.add();
  }

  // The hospital, then kommuner with most utskrivningsklare first, those without patients here are left out.
  recipients() {
    const kommuner = [...(this.picture()?.kommuner ?? [])].sort((a, b) => b.ukp - a.ukp || b.inpatients - a.inpatients);
    const ids = kommuner.map((kommune) => kommune.kommune).filter((id) => id !== '9999');
    const carded = kommunerAmong((this.picture()?.cards ?? []).map((card) => card.issued.recipient));
    return [[`h:${this.hospital}`, recipientName(`h:${this.hospital}`)],
      ...[...new Set([...ids, ...carded])].map((id) => [`k:${id}`, kommuneName(id)])];
  }

  recipientSelect() {
    return h('select', null, this.recipients().map(([value, name]) => h('option', {value}, name)));
  }

  attendant() {
    const role = h('input', {maxlength: ROLE_CHARS_MAX, autocomplete: 'off'});
    const whose = this.recipientSelect();
    const present = h('select', null, h('option', {value: 'yes'}, 'Til stede'), h('option', {value: 'no'}, 'Ikke til stede'));
    return {fields: [field('Rolle', role), field('For', whose), field('Oppmøte', present)],
      value: () => ({role: role.value.trim(), recipient: whose.value, present: present.value === 'yes'})};
  }

  decision() {
    const text = h('textarea', {rows: 2, maxlength: TEXT_CHARS_MAX});
    const whose = this.recipientSelect();
    const owner = h('select');
    const due = h('input', {type: 'datetime-local', value: osloWall(now() + DUE_HOURS * 3600 * 1000)});
    const offer = () => owner.replaceChildren(h('option', {value: ''}, 'Ingen; bare skrives ned'),
        ...rolesOf(whose.value[0], this.picture()?.cards ?? []).map(([value, name]) => h('option', {value}, name)));
    whose.addEventListener('change', offer);
    offer();
    owner.selectedIndex = 1;
    return {fields: [field('Hva er vedtatt', text), field('For', whose), field('Ansvarlig', owner), field('Frist (norsk tid)', due)],
      value: () => ({text: text.value.trim(), recipient: whose.value, owner: owner.value, dueAt: momentOfWall(due.value)})};
  }

  async send() {
    // After a try that nobody knows the end of, the same picture: or it would be another meeting.
    const {cursor, now: asOf} = this.unsure ?? this.picture() ?? {};
    if (!cursor) throw new WrongInput('Hent bildet først; møtet lagres med det.');
    const decisions = this.decisions.all().map((row) => row.value()).filter((decision) => decision.text);
    const owned = decisions.filter((decision) => decision.owner);
    this.sent = owned;
    owned.forEach((decision) => {
      if (!decision.dueAt || Date.parse(decision.dueAt) <= now()) throw new WrongInput(`«${decision.text}»: sett en frist fram i tid.`);
    });
    this.unsure = {cursor, now: asOf};
    const receipt = await this.command.send({hospital: this.hospital, asOfCursor: cursor, asOf, decided: owned,
      decisions: decisions.filter((decision) => !decision.owner).map((decision) => decision.text),
      attendance: this.attendance.all().map((row) => row.value()).filter((one) => one.role)});
    if (!receipt) return;
    this.unsure = null;
    this.held(receipt.eventId);
  }

  refused(error) {
    if (error instanceof WrongInput) return error.message;
    if (!['unavailable', 'deadline_exceeded'].includes(error.code)) this.unsure = null;
    const [, index, what] = refusedField(error).match(/^decided\[(\d+)\]\.(\w+)$/) ?? [];
    const wrong = {owner: 'denne huben har ikke den rollen på noe tiltakskort', due_at: 'fristen må være fram i tid',
      text: 'teksten er for lang, eller ser ut til å inneholde et fødselsnummer', recipient: 'kan ikke gis til denne mottakeren'}[what];
    const text = wrong && this.sent[Number(index)] ? `«${this.sent[Number(index)].text}»: ${wrong}.` :
      'Huben godtok ikke referatet. En tekst kan være for lang, eller inneholde et fødselsnummer.';
    return refusalText(error, {invalid_argument: text, permission_denied: 'Bare de som kan skrive for sykehuset, kan lagre møtet.',
      failed_precondition: 'Bildet er fra en annen logg enn den huben har nå. Oppdater bildet, og prøv igjen.'});
  }
}
