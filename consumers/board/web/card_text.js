// A tiltakskort in words: who has it, until when, and how each action stands.

import {now} from './board.js';
import {recipientName} from './escalation.js';
import {dayAndClock, duration} from './format.js';

const ms = (time) => Date.parse(time);
const moment = (time) => dayAndClock(time, now());

export function roleName(card, role) {
  const roles = [...(card.issued.roles ?? []), ...(card.issued.actions ?? []).map((action) => action.owner ?? {})];
  return roles.find((one) => one.role === role)?.name || role;
}

// "Kari, klinikksjef"
export function personText(card, by, role) {
  const as = role ? roleName(card, role).toLocaleLowerCase('nb') : '';
  if (by?.startsWith('mail:')) return `${as || 'noen'} fra en lenke i e-post`;
  return [by, as].filter(Boolean).join(', ');
}

// Nobody has a role on it that may answer it now.
const isNoRoles = (card) => card.open && (card.asked ?? []).length === 0;

// Who has it, while it is open: each role that may answer it now.
export function holderText(card) {
  if (isNoRoles(card)) return `Alle som kan skrive for ${recipientName(card.issued.recipient)}, for ingen har rollene på det`;
  const asked = (card.asked ?? []).map((role) => role.name || role.role);
  return asked.length < 2 ? asked.join() : `${asked.slice(0, -1).join(', ')} og ${asked.at(-1)}`;
}

export function seenText(card) {
  if (!card.acknowledged) return '';
  return `${moment(card.acknowledged.at)} av ${personText(card, card.acknowledged.by, card.acknowledged.role)}`;
}

export const isLate = (time) => Boolean(time) && ms(time) < now();

export function acknowledgeText(card) {
  if (!card.acknowledgeBy) return '';
  const left = (ms(card.acknowledgeBy) - now()) / 1000;
  return left > 0 ? `${moment(card.acknowledgeBy)} (${duration(left)} igjen)` : `${moment(card.acknowledgeBy)} (fristen er ute)`;
}

export function dueText(standing) {
  if (!standing.dueAt) return '';
  return isOverdue(standing) ? `Fristen gikk ut ${moment(standing.dueAt)}` : `Frist ${moment(standing.dueAt)}`;
}

// At a moment, in milliseconds.
export function isOverdue(standing, at = now()) {
  return standing.state === 'TILTAK_STATE_OPEN' && (standing.overdue || (Boolean(standing.dueAt) && ms(standing.dueAt) < at));
}

// What became of an action; '' while nothing has.
export function standingText(card, standing) {
  if (!standing.at || standing.state === 'TILTAK_STATE_OPEN') return '';
  const who = `${moment(standing.at)} av ${personText(card, standing.by, standing.role)}`;
  const told = standing.told ? `: ${standing.told}` : '';
  if (standing.state === 'TILTAK_STATE_DONE') return `Utført ${who}${told}${standing.overdue ? ' (etter fristen)' : ''}`;
  if (standing.state === 'TILTAK_STATE_DECLINED') return `Avslått ${who}${told}`;
  return '';
}

// "2. mars kl. 06.58: nivået falt"
function closedText(card) {
  const why = {TILTAKSKORT_CLOSING_SETTLED: 'alt er utført eller avslått', TILTAKSKORT_CLOSING_LEVEL_FELL: 'nivået falt'}[card.closing];
  return `${moment(card.closedAt)}${why ? `: ${why}` : ''}`;
}

export const closingText = (card) => `Lukket ${closedText(card)}.`;

const UNDER_FORM = {
  written: 'Det du har skrevet, er ikke sendt og kan ikke sendes lenger.',
  refused: 'Svaret ditt ble ikke registrert, og kan ikke sendes på nytt.',
  unsure: 'Det er ikke sikkert at huben fikk med seg det du sendte, og det kan ikke sendes på nytt.',
};

// Of a card that is closed while somebody writes on it; `states`: of its forms (ActionView.formState). '' while all there is is
// under way: that answer may be what closed it.
export function closedUnderFormText(card, states) {
  const closed = `Kortet er lukket${card.closedAt ? ` ${closedText(card)}` : ''}.`;
  const told = Object.keys(UNDER_FORM).filter((state) => states.includes(state)).map((state) => UNDER_FORM[state]);
  if (told.length === 0) return states.includes('empty') ? closed : '';
  return `${closed} ${told.join(' ')} Ta vare på teksten om du trenger den, og velg Avbryt.`;
}

export function undoneOf(card) {
  const undone = new Set(card.undoneTiltakIds ?? []);
  return (card.issued.actions ?? []).filter((action) => undone.has(action.tiltakId)).map((action) => action.text);
}

// What a refused acknowledgement means, by the card as it is now, and as it was shown when the answer was given.
export function acknowledgeRefusals(card, shown) {
  return {...refusals(card, shown), already_exists: card.acknowledged ? `Kortet er alt kvittert ${seenText(card)}.` : 'Kortet er alt kvittert.'};
}

export function actionRefusals(card, shown, tiltakId) {
  const standing = (card.actions ?? []).find((one) => one.tiltakId === tiltakId);
  const before = standing && standingText(card, standing);
  return {...refusals(card, shown), already_exists: before ? `Noen var først. ${before}.` : 'Noen har alt svart på dette tiltaket.',
    invalid_argument: 'Huben godtok ikke teksten. Den kan være for lang, eller inneholde et fødselsnummer; skriv ingenting som peker på en pasient.'};
}

function failedText(card, shown) {
  if (!card.open) return `${closingText(card)} Det er ikke noe å svare på lenger.`;
  if ((card.renewals ?? 0) > (shown.renewals ?? 0)) {
    return `Nivået har steget igjen, så kortet er fornyet og skal besvares på nytt. Det er nå hos: ${holderText(card)}.`;
  }
  // Shown as it is, where the reader has a role that let its time pass.
  if ((card.role ?? '') !== (shown.role ?? '') || (card.unanswered ?? []).length > 0) {
    return `Ingen kvitterte i tide, så kortet har gått videre til: ${holderText(card)}.`;
  }
  return 'Kortet har endret seg siden du fikk det. Se på det på nytt.';
}

function deniedText(card) {
  const whom = `Kortet er til ${recipientName(card.issued.recipient)}, og`;
  return isNoRoles(card) ? `${whom} bare de som kan skrive der, kan svare på det.` :
    `${whom} dette er for: ${holderText(card)}. Du har ikke den rollen.`;
}

function refusals(card, shown) {
  return {
    permission_denied: deniedText(card),
    failed_precondition: failedText(card, shown),
    not_found: 'Kortet finnes ikke lenger.',
  };
}
