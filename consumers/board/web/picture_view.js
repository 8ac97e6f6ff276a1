// Shows a picture in large type: tiles, level, kommuner, cards, silent sources.

import {kommuneName} from './board.js';
import {isOverdue, seenText} from './card_text.js';
import {groupBy, h} from './dom.js';
import {recipientName} from './escalation.js';
import {NOTHING, dayAndClock, decimal, duration, number, plural, seconds} from './format.js';
import {levelMark, levelName} from './levels.js';
import {whyOf} from './level_view.js';
import {sourceName} from './source_text.js';

const sum = (rows, field) => rows.reduce((total, row) => total + (row[field] ?? 0), 0);
const snake = (field) => field.replaceAll(/[A-Z0-9]+/g, (part) => `_${part.toLowerCase()}`);

// By what today's knowledge of the same moment differs, of a hospital or kommune; null where it does not.
function correction(picture, of, field) {
  const found = picture.corrections.find((one) => one.of === of && one.number.replaceAll('_', '') === snake(field).replaceAll('_', ''));
  return found ? found.now : null;
}

// "12 / 4"; a meeting that was held before the latter was counted does not know it.
const longWaits = ({countsAll}, over7, over10) => `${number(over7)} / ${countsAll ? number(over10) : NOTHING}`;

// The same as known today; null where it is as it was.
function longWaitsToday(picture, of, row) {
  const [over7, over10] = ['ukpOver7Days', 'ukpOver10Days'].map((field) => correction(picture, of, field));
  return over7 === null && over10 === null ? null : longWaits(picture, over7 ?? row.ukpOver7Days, over10 ?? row.ukpOver10Days);
}

function tile(label, value, {main = false, note = ''} = {}) {
  return h('div', {class: main ? 'ukp' : null}, h('dt', null, label, note ? h('small', null, note) : null), h('dd', null, value));
}

function tilesOf(picture) {
  const {census, kommuner, hospital, countsAll} = picture;
  const of = `h:${hospital}`;
  const todayText = (today) => (today === null ? '' : `i dag kjent som ${today}`);
  const known = (field) => {
    const today = correction(picture, of, field);
    return {note: todayText(today === null ? null : number(today))};
  };
  const longest = Math.max(0, ...kommuner.map((kommune) => seconds(kommune.longestUkp)));
  const beds = census.beds > 0;
  const reported = beds && countsAll ? `meldt av avdelingene:\u00a0${number(census.corridorReported)}` : '';
  return h('dl', {class: 'tiles'},
      tile('Utskrivningsklare', number(census.ukp), {main: true, ...known('ukp')}),
      tile('Over 24 timer', number(census.ukpOver24h), known('ukpOver24h')),
      tile('Over 7 / 10 døgn', longWaits(picture, countsAll ? census.ukpOver7Days : sum(kommuner, 'ukpOver7Days'), census.ukpOver10Days),
          {note: todayText(longWaitsToday(picture, of, census))}),
      tile('Lengste ventetid', longest > 0 ? duration(longest) : NOTHING),
      tile('Innlagte', number(census.inpatients), known('inpatients')),
      // Where no bed is open there is no share of them, and the census says 0.
      tile('Belegg', census.occupancyPercent > 0 ? `${decimal(census.occupancyPercent)}\u00a0%` : NOTHING,
          {note: beds ? `${number(census.occupied)} i ${number(census.beds)} senger` : 'ikke meldt'}),
      tile('Korridorpasienter', number(census.corridor), {note: [known('corridor').note, reported].filter(Boolean).join('; ')}));
}

function levelOf({level, now}) {
  if (!level) return h('p', null, 'Nivået er ikke vurdert.');
  const since = level.since ? ` siden ${dayAndClock(level.since, Date.parse(now))}` : '';
  return h('div', {class: 'level-band', 'data-level': levelName(level.level).toLowerCase()},
      h('p', {class: 'level-line'}, levelMark(level.level), since),
      level.uncertain ? h('p', {class: 'uncertain'}, 'Usikkert: noe er ukjent') : null, decidedLine(level, now), whyOf(level));
}

function decidedLine(level, now) {
  if (level.cause !== 'LEVEL_CAUSE_OVERRIDE') return null;
  const until = level.expiresAt ? ` Gjelder til ${dayAndClock(level.expiresAt, Date.parse(now))}.` : '';
  return h('p', {class: 'decided'}, `Satt av ${level.overriddenBy || 'sykehuset'}: «${level.reason}».${until}`);
}

function cell(text, none, today) {
  return h('td', {class: 'number', 'data-tone': none ? 'zero' : ''}, text, today === null ? null : h('small', {class: 'corrected'}, `i dag ${today}`));
}

function count(field) {
  return (picture, kommune) => {
    const today = correction(picture, `k:${kommune.kommune}`, field);
    return cell(number(kommune[field]), !kommune[field], today === null ? null : number(today));
  };
}

const waits = (picture, kommune) => cell(longWaits(picture, kommune.ukpOver7Days, kommune.ukpOver10Days), !kommune.ukpOver7Days,
    longWaitsToday(picture, `k:${kommune.kommune}`, kommune));

const COLUMNS = [['Innlagte', count('inpatients')], ['UKP', count('ukp')], ['Over 24\u00a0t', count('ukpOver24h')], ['Over 7\u00a0/\u00a010\u00a0døgn', waits],
  ['Uten svar', count('awaitingAnswer')], ['Ledige plasser', count('freePlaces')]];

function kommunerOf(picture) {
  const rows = [...picture.kommuner].sort((a, b) => b.ukp - a.ukp || b.inpatients - a.inpatients);
  if (rows.length === 0) return h('p', {class: 'empty'}, 'Ingen kommune har pasienter her.');
  return h('div', {class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Kommuner'}, h('table', {class: 'plain-table'},
      h('caption', null, 'Kommuner'),
      h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Kommune'),
          COLUMNS.map(([label]) => h('th', {scope: 'col', class: 'number'}, label)))),
      h('tbody', null, rows.map((kommune) => h('tr', null, h('th', {scope: 'row'}, kommune.name || kommuneName(kommune.kommune)),
          COLUMNS.map(([, show]) => show(picture, kommune)))))));
}

const openOf = (cards) => cards.flatMap((card) => card.actions ?? []).filter((one) => one.state === 'TILTAK_STATE_OPEN');

// How far some cards have come, as of the picture.
function leftText(cards, now) {
  const all = cards.flatMap((card) => card.actions ?? []);
  const left = openOf(cards);
  const late = left.filter((one) => isOverdue(one, Date.parse(now))).length;
  return [`${number(left.length)} av ${number(all.length)} tiltak gjenstår`, late > 0 ? `${number(late)} over fristen` : ''];
}

function cardItem(card, now) {
  const seen = seenText(card);
  const by = card.acknowledgeBy ? `, frist ${dayAndClock(card.acknowledgeBy, Date.parse(now))}` : '';
  return h('li', null, h('strong', null, card.issued.title || 'Tiltakskort'),
      h('small', null, [seen ? `Kvittert ${seen}` : `Ikke kvittert${by}`, ...leftText([card], now)].filter(Boolean).join(' · ')));
}

function kommuneItem(recipient, cards, now) {
  const unseen = cards.filter((card) => !card.acknowledged).length;
  return h('li', null, h('strong', null, recipientName(recipient)), h('small', null, [plural(cards.length, 'åpent kort', 'åpne kort'),
    unseen > 0 ? `${number(unseen)} ikke kvittert` : 'alle kvittert', ...leftText(cards, now)].filter(Boolean).join(' · ')));
}

// The hospital's own one by one; the kommuner's, which may be many, by kommune.
function cardsOf({cards, hospital, now}) {
  if (cards.length === 0) return h('p', {class: 'empty'}, 'Ingen åpne tiltakskort.');
  const own = cards.filter((card) => card.issued.recipient === `h:${hospital}`);
  const kommuner = groupBy(cards.filter((card) => card.issued.recipient.startsWith('k:')), (card) => card.issued.recipient);
  const items = [...kommuner].map(([recipient, some]) => [recipientName(recipient), kommuneItem(recipient, some, now)])
      .sort(([a], [b]) => a.localeCompare(b, 'nb')).map(([, item]) => item);
  const theirs = [...kommuner.values()].flat();
  const unseen = theirs.filter((card) => !card.acknowledged).length;
  return h('div', null, own.length > 0 ? h('ul', {class: 'card-lines'}, own.map((card) => cardItem(card, now))) : null,
      items.length > 0 ? h('details', null, h('summary', null, `${plural(theirs.length, 'kort', 'kort')} hos ${
        plural(kommuner.size, 'kommune', 'kommuner')}: ${number(unseen)} ikke kvittert, ${leftText(theirs, now).filter(Boolean).join(', ')}`),
      h('ul', {class: 'card-lines'}, items)) : null);
}

function silentOf({sources, now}) {
  const silent = sources.filter((source) => source.stale);
  if (silent.length === 0) return h('p', {class: 'quiet'}, 'Alle kilder i rute.');
  const heard = (source) => (source.lastHeardAt ? `sist hørt ${dayAndClock(source.lastHeardAt, Date.parse(now))}` : 'aldri hørt fra');
  return h('div', {class: 'notice'}, h('p', null, 'Disse kildene har vært tause for lenge; tallene kan være for lave:'),
      h('ul', null, silent.map((source) => h('li', null, `${sourceName(source.source)}, ${heard(source)}`))));
}

const MIXED = 'Det kom nye opplysninger mens bildet ble hentet; nivået kan være noen sekunder eldre enn tallene.';

export function pictureView(picture) {
  return h('div', {class: 'picture'},
      picture.whole ? null : h('p', {class: 'quiet'}, MIXED), tilesOf(picture), silentOf(picture),
      h('div', {class: 'columns'},
          h('div', null, h('section', null, h('h2', null, 'Nivå'), levelOf(picture)),
              h('section', null, h('h2', null, 'Kommuner'), kommunerOf(picture))),
          h('section', null, h('h2', null, 'Åpne tiltakskort'), cardsOf(picture))));
}
