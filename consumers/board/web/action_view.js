// One action of a tiltakskort: who does it and until when, how it stands, and the forms that say it is done or will not be.

import {h, setText} from './dom.js';
import {actionRefusals, dueText, isOverdue, roleName, standingText} from './card_text.js';
import {Command, isUnsure, refusalText} from './command.js';
import {changed, escalation, readCards} from './escalation.js';
import {Form, field, tooLong} from './form.js';

const TOLD_CHARS_MAX = 2000;
const OPEN = 'TILTAK_STATE_OPEN';
const TOO_LONG = {code: 'too_long'};

export class ActionView {
  constructor(cardId, action) {
    Object.assign(this, {cardId, action, form: null, tried: ''});
    this.command = new Command('EscalationService/CompleteTiltak');
    this.facts = h('p', {class: 'action-facts'});
    this.state = h('p', {class: 'action-state'});
    this.done = this.opener('Utført', () => this.doneForm());
    this.decline = this.opener('Avslå', () => this.declineForm());
    this.buttons = h('p', {class: 'buttons'}, this.done, this.decline);
    this.place = h('div');
    this.element = h('li', null, h('p', {class: 'action-text', id: `tiltak-${cardId}-${action.tiltakId}`}, action.text), this.facts,
        action.evidence ? h('p', {class: 'evidence'}, `Meldes tilbake: ${action.evidence}`) : null, this.state, this.buttons, this.place);
  }

  opener(text, make) {
    const button = h('button', {type: 'button', 'aria-describedby': `tiltak-${this.cardId}-${this.action.tiltakId}`,
      onclick: () => this.open(make())}, text);
    return button;
  }

  update(card) {
    this.card = card;
    const standing = (card.actions ?? []).find((one) => one.tiltakId === this.action.tiltakId) ?? {state: OPEN};
    const owner = this.action.owner?.name || roleName(card, this.action.owner?.role);
    setText(this.facts, [owner, dueText(standing)].filter(Boolean).join(' · '));
    this.facts.dataset.tone = isOverdue(standing) ? 'warn' : '';
    setText(this.state, standingText(card, standing));
    this.element.dataset.state = standing.state;
    const open = card.open && (standing.state ?? OPEN) === OPEN;
    this.buttons.hidden = !open || Boolean(this.form);
    if (!open && this.form && !this.isHeld()) this.shut();
    if (!this.form) return;
    this.form.button.disabled = !card.open;
    if (!card.open && this.formState() === 'unsure') setText(this.form.error, '');   // It says to try again.
  }

  // As it is now; as it was seen last, where it was closed while the line was down.
  known() {
    return escalation.card(this.cardId) ?? this.card;
  }

  // What is known of the answer in the form: 'sending', 'unsure' or 'refused' (of the last try), 'written', 'empty' but in use, or ''.
  formState() {
    if (!this.form) return '';
    if (this.form.isSending) return 'sending';
    if (this.tried) return this.tried;
    if (this.place.querySelector('textarea').value.trim() !== '') return 'written';
    return this.form.error.textContent !== '' || this.place.contains(document.activeElement) ? 'empty' : '';
  }

  // A form that waits for its answer, tells what the answer was, or holds what somebody writes, stays until it is dismissed.
  isHeld() {
    return this.formState() !== '';
  }

  open(form) {
    Object.assign(this, {form, tried: '', opened: document.activeElement});
    this.place.replaceChildren(form.element);
    this.buttons.hidden = true;
    form.focus();
  }

  shut() {
    this.form = null;
    this.place.replaceChildren();
    const card = this.known();
    if (card) this.update(card);
  }

  // By whoever writes, or as the answer is there. Focus, which a form under way has lost, goes back to where it came from, or to
  // what became of the action; a closed card goes with its form.
  dismiss() {
    const within = this.place.contains(document.activeElement) || document.activeElement === document.body;
    this.shut();
    if (within) this.focusAfter();
    changed();
  }

  focusAfter() {
    if (!this.buttons.hidden) this.opened?.focus();
    else {
      this.state.tabIndex = -1;
      this.state.focus();
    }
  }

  doneForm() {
    const text = h('textarea', {rows: 2, required: Boolean(this.action.evidence)});
    const hint = this.action.evidence ? `Her meldes: ${this.action.evidence}. Skriv ingenting som peker på en pasient.` :
      'Kan stå tomt. Skriv ingenting som peker på en pasient.';
    return this.makeForm('Tiltaket er utført', field('Hva kom ut av det?', text, hint), 'Meld utført', text,
        () => ({outcome: text.value.trim()}));
  }

  declineForm() {
    const text = h('textarea', {rows: 2, required: true});
    return this.makeForm('Tiltaket blir ikke utført', field('Begrunnelse', text, 'Skriv ingenting som peker på en pasient.'), 'Avslå tiltaket',
        text, () => ({declinedReason: text.value.trim()}));
  }

  makeForm(label, fields, submit, text, content) {
    return new Form({label, fields, submit, onCancel: () => this.dismiss(),
      send: async () => {
        if (tooLong(text.value.trim(), TOLD_CHARS_MAX)) throw TOO_LONG;
        if (text.required && text.value.trim() === '') throw {code: 'empty'};
        await this.tell(content());
      },
      refused: (error) => this.refused(error)});
  }

  async tell(content) {
    this.shown = this.known();
    const {recipient} = this.shown.issued;
    const receipt = await this.command.send({cardId: this.cardId, tiltakId: this.action.tiltakId, ...content});
    await readCards(recipient, receipt.cursor).catch(() => {});   // It is said; the stream shows it where this cannot.
    this.dismiss();
  }

  async refused(error) {
    if (error === TOO_LONG) return `Teksten er for lang; skriv høyst ${TOLD_CHARS_MAX} tegn.`;
    if (error.code === 'empty') return 'Skriv noe først.';
    if (this.tried !== 'unsure') this.tried = isUnsure(error) ? 'unsure' : 'refused';
    await readCards(this.shown.issued.recipient).catch(() => {});
    return refusalText(error, actionRefusals(this.known(), this.shown, this.action.tiltakId));
  }
}
