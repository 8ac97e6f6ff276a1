// Both sides' accounts of a stay, side by side: what the hospital sent, what the kommune received.

import {now} from './board.js';
import {h} from './dom.js';
import {day, dayAndClock, number} from './format.js';

const moment = (time, otherwise) => (time ? dayAndClock(time, now()) : otherwise);
const payable = (period) => (period.payable ?? []).reduce((days, span) => days + (span.days ?? 0), 0);

function answers(period) {
  const texts = (period.answers ?? []).map((answer) => {
    if (!answer.canReceive) return `Nei ${moment(answer.at)}`;
    return `Ja ${moment(answer.at)}${answer.from ? `, fra ${day(answer.from, now())}` : ''}`;
  });
  return texts.length > 0 ? texts.map((text) => h('div', null, text)) : 'Ikke svart';
}

const LINES = [
  ['Utskrivningsklar fra', (period) => moment(period.since)],
  ['Utskrivningsklar til', (period) => moment(period.until, 'Varer fortsatt')],
  ['Kommunen varslet', (period) => moment(period.notifiedAt, 'Ikke varslet')],
  ['Svar', answers],
  ['Døgn å betale for', (period) => number(payable(period))],
];

const row = (name, cells, attributes) => h('tr', attributes, h('th', {scope: 'row'}, name), cells.map((cell) => h('td', null, cell)));

// Null where the stay never was utskrivningsklar.
export function accounts(views) {
  const sides = views?.views ?? [];
  if (sides.length === 0) return null;
  const periods = sides[0].periods ?? [];
  const rows = periods.flatMap((_, index) => LINES.map(([name, text], line) =>
    row(name, sides.map((side) => (side.periods[index] ? text(side.periods[index]) : '')), {class: index > 0 && line === 0 ? 'next' : null})));
  const sums = sides.map((side) => number(side.payableDays));
  const differ = new Set(sums).size > 1;
  return h('div', {class: 'scroller accounts'}, h('table', null,
      h('caption', null, 'Sykehusets og kommunens regnestykke'),
      h('thead', null, h('tr', null, h('td'), ['Etter det sykehuset sendte', 'Etter det kommunen mottok'].map((side) =>
        h('th', {scope: 'col'}, side)))),
      h('tbody', null, rows),
      h('tfoot', {class: differ ? 'differ' : null}, row('Til sammen', sums))));
}
