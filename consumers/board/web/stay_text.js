// What is said of a stay in a few words: in lists, in headings, in the summary above its story.

import {now} from './board.js';
import {day} from './format.js';

const FLAGS = {
  STAY_FLAG_INCOMPLETE: 'Ufullstendig: en melding er satt til side', STAY_FLAG_ADMISSION_NOT_RECEIVED: 'Innleggelsen er ikke mottatt',
  STAY_FLAG_IDENTITY_AMBIGUOUS: 'Usikker identitet', STAY_FLAG_TIME_AMBIGUOUS: 'Usikker tid', STAY_FLAG_NEW_TO_KOMMUNE: 'Ny for kommunen',
  STAY_FLAG_CORRIDOR: 'På korridor', STAY_FLAG_DIED: 'Død', STAY_FLAG_DISCHARGE_BEFORE_ADMISSION: 'Utskrevet før innlagt',
  STAY_FLAG_OVERLAPPING_STAYS: 'To opphold samtidig', STAY_FLAG_UKP_IN_FUTURE: 'Utskrivningsklar fram i tid',
  STAY_FLAG_ANSWER_WITHOUT_UKP: 'Svar uten utskrivningsklar', STAY_FLAG_LATE_FACT: 'Opplysning lenge etterpå', STAY_FLAG_MOVED: 'Flyttet',
  STAY_FLAG_UKP_BEFORE_ADMISSION: 'Utskrivningsklar før innlagt', STAY_FLAG_END_IN_FUTURE: 'Utskrevet fram i tid',
};
export const flagNames = (flags) => (flags ?? []).map((flag) => FLAGS[flag] ?? 'Merknad');

const ANSWERS = {
  ANSWER_UNSPECIFIED: '', ANSWER_AWAITED: 'Venter på svar', ANSWER_CAN_RECEIVE: 'Kan ta imot',
  ANSWER_CANNOT_RECEIVE: 'Kan ikke ta imot ennå',
};
export function answerText(stay) {
  const text = ANSWERS[stay.answer] ?? '';
  return stay.answer === 'ANSWER_CAN_RECEIVE' && stay.receiveFrom ? `${text} fra ${day(stay.receiveFrom, now())}` : text;
}

// Who it is, without saying who it is.
export function patientText(stay) {
  const sex = {SEX_MALE: 'Mann', SEX_FEMALE: 'Kvinne', SEX_OTHER: 'Pasient'}[stay.sex];
  return sex ? `${sex}, ${stay.ageAtAdmission}\u00a0år` : 'Pasient';
}
export const shortId = (stay) => stay.stayId.slice(0, 8);
