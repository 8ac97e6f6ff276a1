// Levels and tiltakskort, live, for as long as a view shows them: every stream is a connection, of which a browser has six.

import {follow, hospitalName, kommuneName, learnKommuner} from './board.js';
import {call} from './hub.js';
import {levelWord} from './levels.js';
import {announce} from './news.js';

const OPEN = 'TILTAK_STATE_OPEN';
const LEVELS_EVERY_MS = 20000;   // What a level rests on goes on changing while the level stays.
const LEVELS_SOON_MS = 200;      // After the stream told of a change; changes come together.
export const CLOSED_MAX = 12;    // Closed cards of a recipient that are kept, and of all that a page shows: the newest.

const levels = new Map();        // Scope -> HospitalLevel.
const cards = new Map();         // Card id -> Tiltakskort.
const listeners = new Set();
let known = false;
let stop = null;
let every = 0;
let soon = 0;

export const escalation = {
  known: () => known,
  levels: () => [...levels.values()],
  levelOf: (hospital) => levels.get(`h:${hospital}`),
  openCards: () => [...cards.values()].filter((card) => card.open),
  closedCards: () => [...cards.values()].filter((card) => !card.open),
  card: (id) => cards.get(id),
};

export const cardId = (card) => card.issued.cardId;

// Of "h:974749025", "k:5001" the kommuner, by number.
export const kommunerAmong = (recipients) => recipients.filter((recipient) => recipient.startsWith('k:')).map((recipient) => recipient.slice(2));

// Whom "h:974749025" or "k:5001" names.
export function recipientName(recipient) {
  const id = recipient.slice(2);
  return recipient.startsWith('k:') ? kommuneName(id) : levels.get(recipient)?.name || hospitalName(id);
}

// Shows everything anew.
export const changed = () => listeners.forEach((listener) => listener());

function takeLevel(level) {
  const before = levels.get(level.scope);
  if ((before?.revision ?? 0) > (level.revision ?? 0)) return;   // Asked for before the stream told of what is newer.
  levels.set(level.scope, {...before, ...level, name: level.name || before?.name});
  if (before?.level && before.level !== level.level) {
    announce(`${level.name || before.name || recipientName(level.scope)} har nå nivå ${levelWord(level.level)}.`);
  }
}

function tellCard(card, before) {
  const whom = recipientName(card.issued.recipient);
  if (!before && card.open) announce(`Nytt tiltakskort til ${whom}: ${card.issued.title}.`);
  if (before?.open && !card.open) announce(`Tiltakskortet «${card.issued.title}» til ${whom} er lukket.`);
}

export const closedLast = (a, b) => Date.parse(b.closedAt ?? 0) - Date.parse(a.closedAt ?? 0);

// A page may be open for weeks. Those of each recipient, as a view may show one recipient's alone.
function forgetClosed(recipient) {
  const closed = escalation.closedCards().filter((card) => card.issued.recipient === recipient).sort(closedLast);
  for (const card of closed.slice(CLOSED_MAX)) cards.delete(cardId(card));
}

// How far a card has come since the last decision on it: what people say of it raises no revision.
function said(card) {
  if (!card.open) return Infinity;
  const actions = card.actions ?? [];
  return actions.filter((one) => one.seen).length + actions.filter((one) => one.state !== OPEN).length + (card.acknowledged ? 1 : 0);
}

function isOlder(card, than) {
  const [revision, known] = [card.revision ?? 0, than.revision ?? 0];
  return revision === known ? said(card) < said(than) : revision < known;
}

function takeCards(some, tell) {
  const recipients = [...new Set(some.map((card) => card.issued.recipient))];
  const names = learnKommuner(kommunerAmong(recipients));
  for (const card of some) {
    const before = cards.get(cardId(card));
    if (before && isOlder(card, before)) continue;
    cards.set(cardId(card), card);
    if (tell) names.then(() => tellCard(card, before));
  }
  recipients.forEach(forgetClosed);
}

// Of an answer, which may be of before what the stream has told: it opens no card that is not known as open, such as one that
// closed so long ago that it is forgotten. New cards come with the stream.
export function takeListed(some) {
  takeCards(some.filter((card) => !card.open || cards.get(cardId(card))?.open), false);
}

export async function askLevels(waitFor = '') {
  clearTimeout(soon);
  soon = 0;
  try {
    const answer = await call('EscalationService/GetLevels', {waitFor});
    for (const level of answer.levels ?? []) takeLevel(level);
    changed();
  } catch {
    // The stream told of the levels themselves, and the page says when there is no connection.
  }
}

// Those that closed while there was no connection are not told again; and what is told now holds, whatever was before.
function beginAnew() {
  for (const card of escalation.openCards()) cards.delete(cardId(card));
  for (const [scope, level] of levels) levels.set(scope, {...level, revision: 0});
}

function take(message) {
  if (message.full) beginAnew();
  takeCards(message.cards ?? [], !message.full);
  for (const level of message.levels ?? []) takeLevel(level);
  known = true;
  if (message.full) askLevels();
  else if (message.levels?.length && soon === 0) soon = setTimeout(() => askLevels(), LEVELS_SOON_MS);
  changed();
}

function start() {
  stop = follow('escalation', '/live/escalation', take);
  every = setInterval(() => document.hidden || askLevels(), LEVELS_EVERY_MS);
}

// Calls the listener whenever something changed. Gives the function that stops it.
export function followEscalation(listener) {
  if (listeners.size === 0) start();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop();
    clearInterval(every);
    clearTimeout(soon);
    soon = 0;
    known = false;
    levels.clear();
    cards.clear();
  };
}

// What just changed by our own word is shown without waiting for the stream; the receipt's cursor says how far to look.
export async function readCards(recipient, waitFor = '') {
  const answer = await call('EscalationService/ListTiltakskort', {recipient, waitFor, pageSize: 30});
  takeListed(answer.cards ?? []);
  changed();
}
