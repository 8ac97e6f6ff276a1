// The open tiltakskort, live, and what became of those closed of late. Of all, of one recipient, or of one hospital's level.

import {learnKommuner} from './board.js';
import {groupBy, h, setText} from './dom.js';
import {CardView} from './card_view.js';
import {closingText, isOverdue, standingText, undoneOf} from './card_text.js';
import {CLOSED_MAX, cardId, closedLast, escalation, followEscalation, recipientName, takeListed} from './escalation.js';
import {number, plural} from './format.js';
import {call, errorText} from './hub.js';
import {Table} from './table.js';
import {VacantRoles} from './vacant.js';

const WHOLE_MAX = 3;   // Of all, cards of so many kommuner are shown whole; of more, a line for each kommune.

const tally = (label, title, of) => ({label, title, numeric: true, descending: true, text: (row) => number(of(row)), sort: of});
const warned = (column) => ({...column, tone: (row) => (column.sort(row) > 0 ? 'warn' : 'zero')});
const standings = (row) => row.cards.flatMap((card) => card.actions ?? []).filter((one) => one.state === 'TILTAK_STATE_OPEN');
const KOMMUNE_COLUMNS = [
  {label: 'Kommune', text: (row) => recipientName(row.recipient), href: (row) => `#/tiltakskort/${row.recipient}`},
  tally('Åpne kort', 'Tiltakskort som ikke er lukket', (row) => row.cards.length),
  warned(tally('Ikke kvittert', 'Kort som ingen har kvittert for', (row) => row.cards.filter((card) => !card.acknowledged).length)),
  tally('Tiltak igjen', 'Verken utført eller avslått', (row) => standings(row).length),
  warned(tally('Over fristen', 'Tiltak som skulle vært utført', (row) => standings(row).filter((one) => isOverdue(one)).length)),
];

const of = (scope) => (scope.startsWith('h:') ? {hospital: scope.slice(2)} : {recipient: scope});
// Hospitals' first; each one's newest first.
const inOrder = (a, b) => a.issued.recipient.localeCompare(b.issued.recipient) || moment(b.issuedAt) - moment(a.issuedAt) ||
  a.issued.title.localeCompare(b.issued.title, 'nb');
const moment = (time) => Date.parse(time ?? 0);

const list = (texts) => h('ul', null, texts.map((text) => h('li', null, text)));

function closedItem(card) {
  const undone = undoneOf(card);
  const told = (card.actions ?? []).map((standing) => {
    const action = card.issued.actions.find((one) => one.tiltakId === standing.tiltakId);
    const text = standingText(card, standing);
    return text && action ? h('li', null, `${action.text} `, h('small', null, text)) : null;
  });
  return h('li', null, h('p', null, h('strong', null, card.issued.title), ` – ${recipientName(card.issued.recipient)}`),
      h('p', null, closingText(card)),
      undone.length > 0 ? [h('p', {class: 'undone'}, `Ble ikke gjort (${undone.length}):`), list(undone)] : null,
      told.some(Boolean) ? h('details', null, h('summary', null, 'Det som ble svart'), h('ul', null, told)) : null);
}

export class CardList {
  // `of`: "h:974749025", all that its level gave; "k:5001", that kommune's own; undefined: all.
  constructor(of) {
    this.of = of ?? '';
    this.views = new Map();
    this.lead = h('p', {class: 'lead', role: 'status'}, 'Henter …');
    this.back = h('p', {class: 'back'}, this.of ? h('a', {href: '#/tiltakskort'}, 'Alle tiltakskort') : h('a', {href: '#/'}, 'Alle kommuner'));
    this.list = h('div', {class: 'cards'});
    this.table = new Table({caption: 'Kommunenes kort', columns: KOMMUNE_COLUMNS, rowKey: (row) => row.recipient, sortBy: 2, descending: true,
      empty: ''});
    this.tableSection = h('section', {hidden: true}, h('h2', null, 'Kommunenes kort'), this.table.element);
    this.closed = h('ul', {class: 'closed'});
    this.closedSection = h('section', {hidden: true}, h('h2', null, 'Lukket i det siste'), this.closed);
    this.vacant = new VacantRoles();
    this.heading = h('h1', {tabindex: '-1'});
    this.element = h('div', null, this.back, this.heading, this.lead,
        h('section', {'aria-label': 'Åpne kort'}, this.list), this.tableSection, this.closedSection, this.vacant.element);
    if (this.of.startsWith('k:')) learnKommuner([this.of.slice(2)]);
    this.stop = followEscalation(() => this.update());
    this.readClosed();
    this.update();
  }

  includes(card) {
    return !this.of || card.issued.recipient === this.of || `h:${card.hospital}` === this.of;
  }

  get title() {
    return this.of ? `Tiltakskort: ${recipientName(this.of)}` : 'Tiltakskort';
  }

  async readClosed() {
    try {
      const answer = await call('EscalationService/ListTiltakskort', {...of(this.of), pageSize: CLOSED_MAX});
      takeListed(answer.cards ?? []);
      this.vacant.take((answer.vacant ?? []).filter((role) => !this.of || role.recipient === this.of));
      this.update();
    } catch (error) {
      if (!escalation.known()) setText(this.lead, errorText(error));
    }
  }

  update() {
    setText(this.heading, this.title);
    if (!escalation.known()) return;
    const open = escalation.openCards().filter((card) => this.includes(card));
    setText(this.lead, open.length > 0 ? `${plural(open.length, 'åpent kort', 'åpne kort')}. ${this.unseenText(open)}` : 'Ingen åpne kort nå.');
    const byKommune = groupBy(open.filter((card) => card.issued.recipient.startsWith('k:')), (card) => card.issued.recipient);
    const whole = this.of.startsWith('k:') || byKommune.size <= WHOLE_MAX;
    this.showWhole(whole ? open : open.filter((card) => card.issued.recipient.startsWith('h:')));
    this.tableSection.hidden = whole;
    this.table.update(whole ? [] : [...byKommune].map(([recipient, cards]) => ({recipient, cards})));
    this.showClosed();
    this.vacant.update();
  }

  unseenText(open) {
    const unseen = open.filter((card) => !card.acknowledged).length;
    return unseen > 0 ? `${number(unseen)} er ikke kvittert.` : 'Alle er kvittert.';
  }

  // The cards, and those that somebody is writing on though they are closed, or are no longer shown whole.
  showWhole(cards) {
    const present = new Set(cards.map(cardId));
    const shown = [...cards];
    for (const [id, view] of this.views) {
      if (present.has(id)) continue;
      if (view.isHeld()) {
        shown.push(escalation.card(id) ?? {...view.card, open: false});   // Closed while there was no connection.
        continue;
      }
      if (view.element.contains(document.activeElement)) this.heading.focus({preventScroll: true});
      view.element.remove();
      this.views.delete(id);
    }
    shown.sort(inOrder).forEach((card, index) => {
      const known = this.views.get(cardId(card));
      const view = known ?? new CardView(card);
      if (known) known.update(card);
      else this.views.set(view.id, view);
      // Cards do not move under a reader who is writing: a new one is put in before the one that follows it.
      if (this.list.children[index] !== view.element) this.list.insertBefore(view.element, this.list.children[index] ?? null);
    });
  }

  showClosed() {
    const closed = escalation.closedCards().filter((card) => this.includes(card))
        .sort(closedLast).slice(0, CLOSED_MAX);
    const text = closed.map((card) => `${cardId(card)} ${recipientName(card.issued.recipient)}`).join();
    this.closedSection.hidden = closed.length === 0;
    if (this.shownClosed === text) return;
    this.shownClosed = text;
    this.closed.replaceChildren(...closed.map(closedItem));
  }

  close() {
    this.stop();
  }
}
