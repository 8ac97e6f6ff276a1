// What is known of a hospital as of one cursor: its count, level, kommuner and open cards; asked for, and shown. The same picture
// is shown of a meeting that was held, with what has been corrected since beside it.

import {learnKommuner} from './board.js';
import {kommunerAmong} from './escalation.js';
import {call} from './hub.js';

const COUNTS_LONG_WAITS_SINCE = 1;   // See MeetingSnapshot.version.
const TRIES = 4;   // Until levels, cards and the last meeting are of one cursor; facts may stream in between.

// The newest meeting, with how its decisions stand; null where there is none.
async function lastMeeting(hospital) {
  const {meetings} = await call('EscalationService/ListMeetings', {hospital});
  return meetings?.length ? call('EscalationService/GetMeeting', {meetingId: meetings[0].meetingId}) : null;
}

const kommunerOf = (cards) => kommunerAmong(cards.map((card) => card.issued.recipient));

// The count is asked for as of the cards' cursor, so that it is of exactly that; whether the rest is, says `whole`.
export async function readPicture(hospital) {
  let waitFor = '';
  for (let tries = 1; ; ++tries) {
    const [levels, cards, last] = await Promise.all([
      call('EscalationService/GetLevels', {hospitals: [hospital], waitFor}),
      call('EscalationService/ListTiltakskort', {hospital, openOnly: true, waitFor}), lastMeeting(hospital)]);
    const {cursor, now} = cards.asOf;
    const whole = [levels, last].every((answer) => answer === null || answer.asOf.cursor === cursor);
    waitFor = cursor;
    if (!whole && tries < TRIES) continue;
    await learnKommuner(kommunerOf(cards.cards ?? []));
    const count = await call('CensusService/GetCensus', {hospitals: [hospital], asOfCursor: cursor, asOf: now});
    return {hospital, cursor, now, whole, last, countsAll: true, level: levels.levels?.[0] ?? null, cards: cards.cards ?? [], sources: cards.asOf.sources ?? [],
      census: count.hospitals?.[0] ?? {}, kommuner: (count.kommuner ?? []).filter((kommune) => kommune.inpatients > 0), corrections: []};
  }
}

// The same of a meeting that was held.
export async function pictureOf(meeting) {
  const {snapshot, hospital, corrections} = meeting;
  const told = snapshot.level;
  const level = told ? {...told, level: told.to, since: snapshot.since} : null;
  await learnKommuner(kommunerOf(snapshot.cards ?? []));
  const countsAll = (snapshot.version ?? 0) >= COUNTS_LONG_WAITS_SINCE;
  return {hospital, now: snapshot.asOf?.now, whole: true, countsAll, level, cards: snapshot.cards ?? [], sources: snapshot.asOf?.sources ?? [],
    census: snapshot.census ?? {}, kommuner: (snapshot.kommuner ?? []).filter((kommune) => kommune.inpatients > 0), corrections: corrections ?? []};
}
