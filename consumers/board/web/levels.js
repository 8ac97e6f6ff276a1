// A level in words: its name, what it rests on, and who decided.

import {now, secondsSince} from './board.js';
import {h} from './dom.js';
import {dayAndClock, decimal, duration, number} from './format.js';

const NAMES = {
  ESCALATION_LEVEL_HVIT: 'Hvit', ESCALATION_LEVEL_GRONN: 'Grønn', ESCALATION_LEVEL_GUL: 'Gul', ESCALATION_LEVEL_ROD: 'Rød',
};
export const LEVELS = Object.keys(NAMES);   // Lowest first.
export const levelName = (level) => NAMES[level] ?? 'Ikke vurdert';
export const levelWord = (level) => levelName(level).toLowerCase();
const rank = (level) => LEVELS.indexOf(level);

// The word, with its colour beside it.
export function levelMark(level) {
  return h('strong', {class: 'level', 'data-level': levelWord(level)}, levelName(level));
}

const percent = (value) => `${decimal(value)}\u00a0%`;
const minutes = (value) => duration(value * 60);
const INPUTS = {
  ukp: ['Utskrivningsklare', number],
  ukp_over_24h: ['Utskrivningsklare over 24\u00a0t', number],
  ukp_share_of_beds: ['Utskrivningsklare av tilgjengelige senger', percent],
  occupancy: ['Belegg', percent],
  corridor: ['Korridorpasienter meldt av avdelingene', number],
  waiting_over_1h: ['Ventet over 1\u00a0t i akuttmottaket', number],
  longest_wait_minutes: ['Lengste ventetid i akuttmottaket', minutes],
  free_kommune_places: ['Ledige kommunale plasser', number],
};
const inputName = (input) => INPUTS[input.name]?.[0] ?? input.name;
const valueText = (input, value) => (INPUTS[input.name]?.[1] ?? decimal)(value);
const isUnknown = (input) => input.state === 'LEVEL_INPUT_STATE_UNKNOWN';
const isReported = (input) => input.state !== 'LEVEL_INPUT_STATE_NOT_REPORTED';
const few = (input) => input.name === 'free_kommune_places';

// "Belegg 104 % (grense for rød 103 %)", "Utskrivningsklare: 31 (grense for rød 30)", "Belegg 102 % holder nivået (grense for rød 103 %, slipper ved 100 %)"
function inputText(input) {
  const name = inputName(input);
  if (isUnknown(input)) {
    const heard = input.measuredAt ? `, ikke hørt siden ${dayAndClock(input.measuredAt, now())}` : '';
    const last = input.value === undefined ? '' : ` (var ${valueText(input, input.value)})`;
    return `${name}: ukjent${heard}${last}`;
  }
  if (!isReported(input)) return `${name}: aldri meldt`;
  if (input.value === undefined) {
    return input.holds ? `${name} holder nivået på ${levelWord(input.level)}` : `${name}: ${few(input) ? 'under' : 'over'} grensen for ${levelWord(input.level)}`;
  }
  const release = input.holds && input.exit !== undefined ? `, slipper ved ${valueText(input, input.exit)}` : '';
  const limit = input.threshold === undefined ? '' : ` (grense for ${levelWord(input.level)} ${valueText(input, input.threshold)}${release})`;
  const value = `${INPUTS[input.name]?.[1] === percent ? '' : ':'} ${valueText(input, input.value)}`;
  return `${name}${value}${input.holds ? ' holder nivået' : ''}${limit}`;
}

const isReason = (input) => (input.past || input.holds) && !isUnknown(input);

// What the level rests on: those past their thresholds, then those that hold it, the highest first.
export function reasonsOf(level) {
  const reasons = (level.inputs ?? []).filter(isReason);
  return reasons.sort((a, b) => Boolean(b.past) - Boolean(a.past) || rank(b.level) - rank(a.level)).map(inputText);
}

export const unknownsOf = (level) => (level.inputs ?? []).filter(isUnknown).map(inputText);

// The rest; nothing where the values are withheld, as there is nothing to say of them.
export const othersOf = (level) => (level.valuesWithheld ? [] :
  (level.inputs ?? []).filter((input) => !isReason(input) && !isUnknown(input)).map(inputText));

// "i 3 t 12 min"
export function sinceText(level) {
  if (!level.since) return '';
  const seconds = secondsSince(level.since);
  return seconds < 60 ? 'nå nettopp' : `i ${duration(seconds)}`;
}

// Who decided where it was a person, and where the rules alone lead.
export function decidedText(level) {
  const rules = levelName(level.byRules) === 'Ikke vurdert' ? '' : ` Deretter gir reglene ${levelWord(level.byRules)} hvis tallene ikke endrer seg.`;
  if (level.cause === 'LEVEL_CAUSE_OVERRIDE') {
    const by = level.overriddenBy ? `Satt av ${level.overriddenBy}` : 'Satt av sykehuset';
    const why = level.reason ? `: «${level.reason}»` : '';
    const until = level.expiresAt ? ` Gjelder til ${dayAndClock(level.expiresAt, now())}.` : '';
    return `${by}${why}.${until}${rules}`;
  }
  if (rank(level.byRules) < 0 || level.byRules === level.level) return '';
  return rank(level.byRules) > rank(level.level) ?
    `Tallene tilsier nå ${levelWord(level.byRules)}; nivået heves når det har vart lenge nok.` :
    `Tallene tilsier nå ${levelWord(level.byRules)}; nivået senkes når det har vart lenge nok.`;
}
