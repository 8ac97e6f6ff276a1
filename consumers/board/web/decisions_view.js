// What a meeting decided, and how each decision stands today.

import {isOverdue, standingText} from './card_text.js';
import {h} from './dom.js';
import {recipientName} from './escalation.js';
import {dayAndClock} from './format.js';
import {now} from './board.js';

function standingOf(decision, cards) {
  for (const card of cards) {
    if (card.issued.recipient !== decision.recipient) continue;
    const standing = (card.actions ?? []).find((one) => one.tiltakId === decision.tiltakId);
    if (!standing) continue;
    const late = isOverdue(standing);
    return [standingText(card, standing) || (late ? 'Ikke utført, fristen er ute' : 'Ikke utført ennå'), late];
  }
  return ['Ikke utført ennå', false];
}

const LABELS = ['Vedtak', 'Ansvarlig', 'Frist', 'Status'];   // On a phone each stands before its cell.

// `empty`: what is said where nothing was decided.
export function decisionsView(meeting, cards, empty) {
  const rows = (meeting?.decided ?? []).map((decision) => {
    const [text, late] = standingOf(decision, cards ?? []);
    return h('tr', null, h('th', {scope: 'row'}, decision.text),
        h('td', {'data-label': LABELS[1]}, `${decision.ownerRole?.name || decision.owner}, ${recipientName(decision.recipient)}`),
        h('td', {'data-label': LABELS[2]}, dayAndClock(decision.dueAt, now())),
        h('td', {'data-label': LABELS[3], 'data-tone': late ? 'warn' : ''}, text));
  });
  const noted = (meeting?.decisions ?? []).map((text) => h('tr', null, h('th', {scope: 'row'}, text), h('td', {colspan: '3'}, 'Bare skrevet ned')));
  if (rows.length + noted.length === 0) return h('p', {class: 'empty'}, empty);
  return h('div', {class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Vedtak'}, h('table', {class: 'plain-table decisions'},
      h('caption', null, 'Vedtak'),
      h('thead', null, h('tr', null, LABELS.map((label) => h('th', {scope: 'col'}, label)))),
      h('tbody', null, rows, noted)));
}
