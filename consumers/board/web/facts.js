// A stay's facts as sentences. One entry for each fact that a pathway can hold; an unknown one shows its name.

import {hospitalName, kommuneName, now} from './board.js';
import {day, dayAndClock, plural} from './format.js';

const PLACES = {
  PLACE_KIND_HOME: 'hjem med tjenester', PLACE_KIND_KORTTID: 'korttidsplass', PLACE_KIND_LANGTID: 'langtidsplass',
  PLACE_KIND_KAD: 'kommunal akutt døgnenhet', PLACE_KIND_KMA: 'mottaks- og avklaringsenhet',
  PLACE_KIND_REHAB: 'rehabiliteringsplass', PLACE_KIND_HOSPICE: 'palliativ plass',
};
const SERVICES = {
  SERVICES_NONE: 'Ny for kommunen: ingen tjenester før innleggelsen',
  SERVICES_SOME: 'Kjent av kommunen: noen tjenester før innleggelsen',
  SERVICES_EXTENSIVE: 'Kjent av kommunen: omfattende tjenester før innleggelsen',
};
const REPORTS = {REPORT_UTSKRIVNINGSRAPPORT: 'Utskrivningsrapport sendt', REPORT_EPIKRISE: 'Epikrise sendt'};
const KINDS = {
  PATIENT_ADMITTED: 'innleggelsen', PATIENT_DETAILS_CHANGED: 'endringen av opplysninger', PATIENT_TRANSFERRED: 'flyttingen',
  LEAVE_STARTED: 'permisjonen', LEAVE_ENDED: 'tilbakekomsten fra permisjon',
  EXPECTED_DISCHARGE_SET: 'forventet utskrivning', EXPECTED_DISCHARGE_CLEARED: 'fjerningen av forventet utskrivning',
  KOMMUNE_KNOWS_PATIENT: 'opplysningen om tjenester', KOMMUNE_NOTIFIED_OF_ADMISSION: 'varselet om innleggelse',
  ADMISSION_REPORT_RECEIVED: 'innleggelsesrapporten', UKP_DECLARED: 'meldingen om utskrivningsklar pasient',
  KOMMUNE_NOTIFIED_OF_UKP: 'varselet om utskrivningsklar pasient', UKP_WITHDRAWN: 'avmeldingen',
  KOMMUNE_ANSWERED: 'kommunens svar', REPORT_SENT: 'rapporten', PATIENT_DISCHARGED: 'utskrivningen',
  PATIENT_DIED: 'dødsfallet', PATIENT_MERGED: 'sammenslåingen',
};

export const placeName = (kind) => PLACES[kind] ?? '';
const joined = (...parts) => parts.filter(Boolean).join(', ');
const corridor = (fact) => (fact.corridor ? 'på korridor' : '');
const ward = (envelope) => (envelope.ward ? `avdeling ${envelope.ward}` : '');

// What was stated only as a date is said as one.
const when = (time, precision) => (precision === 'PRECISION_DAY' ? day(time, now()) : dayAndClock(time, now()));

function assessed(assessment) {
  if (!assessment) return '';
  const points = Object.values(assessment).filter((point) => point === true).length;
  return `${plural(points, 'punkt', 'punkter')} av 5 i § 9 vurdert`;
}

function answered(fact) {
  if (!fact.canReceive) return 'Kommunen svarte: kan ikke ta imot ennå';
  return joined(`Kommunen svarte: kan ta imot ${fact.fromDate ? `fra ${day(fact.fromDate, now())}` : 'nå'}`,
      placeName(fact.placeKind));
}

const SENTENCES = {
  patientAdmitted: (fact, envelope) => joined(`Innlagt ved ${hospitalName(envelope.hospital)}`, ward(envelope),
      {URGENCY_ACUTE: 'øyeblikkelig hjelp', URGENCY_ELECTIVE: 'planlagt'}[fact.urgency],
      fact.viaEmergencyDepartment ? 'gjennom akuttmottak' : '', corridor(fact)),
  patientDetailsChanged: (fact, envelope) => joined('Opplysninger endret',
      fact.diedAt ? `død ${dayAndClock(fact.diedAt, now())}` : '',
      fact.movedKommuneAt ? `flyttet til ${kommuneName(envelope.residenceKommune)} ${day(fact.movedKommuneAt, now())}` : ''),
  patientTransferred: (fact, envelope) => joined(fact.fromWard ? `Flyttet fra avdeling ${fact.fromWard}` : 'Flyttet',
      envelope.ward ? `til avdeling ${envelope.ward}` : '', corridor(fact)),
  leaveStarted: (fact) => joined('Permisjon startet',
      fact.expectedReturnAt ? `ventes tilbake ${dayAndClock(fact.expectedReturnAt, now())}` : ''),
  leaveEnded: () => 'Tilbake fra permisjon',
  expectedDischargeSet: (fact) => `Forventet utskrivning satt til ${when(fact.expectedAt, fact.expectedPrecision)}`,
  expectedDischargeCleared: () => 'Forventet utskrivning fjernet',
  kommuneKnowsPatient: (fact) => SERVICES[fact.services] ?? 'Kommunen kjenner pasienten',
  kommuneNotifiedOfAdmission: () => 'Kommunen har fått varsel om innleggelsen',
  admissionReportReceived: () => 'Innleggelsesrapport kom fra kommunen',
  ukpDeclared: (fact) => joined('Meldt utskrivningsklar', assessed(fact.assessment),
      fact.decidedBy ? `avgjort av ${fact.decidedBy}` : ''),
  kommuneNotifiedOfUkp: () => 'Kommunen har fått varsel om at pasienten er utskrivningsklar',
  ukpWithdrawn: (fact) => joined('Ikke lenger utskrivningsklar', fact.reason ? `grunn ${fact.reason}` : ''),
  kommuneAnswered: answered,
  reportSent: (fact) => `${REPORTS[fact.report] ?? 'Rapport sendt'}${fact.to ? ` til ${fact.to}` : ''}`,
  patientDischarged: (fact) => joined('Utskrevet', fact.outcome === '2' ? 'død' : '',
      fact.dischargedTo ? `til (kode ${fact.dischargedTo})` : ''),
  patientDied: () => 'Død',
  factCancelled: (fact) => `Trukket tilbake: ${KINDS[fact.kind?.replace('FACT_KIND_', '')] ?? 'et tidligere faktum'}`,
  patientMerged: () => 'To referanser er slått sammen: de er samme person',
};

const NAMES = Object.keys(SENTENCES);

export function sentence(envelope) {
  const name = NAMES.find((candidate) => envelope[candidate] !== undefined);
  return name ? SENTENCES[name](envelope[name], envelope) : 'Et faktum som denne siden ikke kjenner';
}

// Those that change who waits for whom are shown stronger.
const WEIGHTY = new Set(['patientAdmitted', 'ukpDeclared', 'ukpWithdrawn', 'kommuneAnswered', 'patientDischarged', 'patientDied']);
export const isWeighty = (envelope) => [...WEIGHTY].some((name) => envelope[name] !== undefined);

const CHANNELS = {
  CHANNEL_HL7V2: 'HL7', CHANNEL_PLO: 'PLO-melding', CHANNEL_INTAKE: 'innmelding', CHANNEL_IMPORT: 'historisk fil',
  CHANNEL_HUB: 'Overgang',
};
export const sourceOf = (envelope) => joined(CHANNELS[envelope.source?.channel] ?? 'ukjent kilde', envelope.source?.sender);

const FLAGS = {
  STAY_FLAG_INCOMPLETE: 'Ufullstendig: en melding er satt til side', STAY_FLAG_ADMISSION_NOT_RECEIVED: 'Innleggelsen er ikke mottatt',
  STAY_FLAG_IDENTITY_AMBIGUOUS: 'Usikker identitet', STAY_FLAG_TIME_AMBIGUOUS: 'Usikker tid', STAY_FLAG_NEW_TO_KOMMUNE: 'Ny for kommunen',
  STAY_FLAG_CORRIDOR: 'På korridor', STAY_FLAG_DIED: 'Død',
};
export const flagNames = (flags) => (flags ?? []).map((flag) => FLAGS[flag] ?? flag);

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
