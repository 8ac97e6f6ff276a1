// The open stays of a kommune or of a hospital, live; those that have waited longest come first.

import {census, follow, heard, hospitalName, kommuneName, now, secondsSince} from './board.js';
import {h, setText} from './dom.js';
import {NOTHING, dayAndClock, day, duration, number, plural} from './format.js';
import {answerText, flagNames, patientText, shortId} from './stay_text.js';
import {Table} from './table.js';

const FAR = Number.MAX_SAFE_INTEGER;
const LONG_WAIT_SECONDS = 24 * 3600;
const time = (value) => (value ? Date.parse(value) : FAR);
const waited = (stay) => (stay.ukpSince ? secondsSince(stay.ukpSince) : 0);
const shown = (value, format) => (value ? format(value, now()) : NOTHING);

const columns = (place) => [
  {label: 'Pasient', text: patientText, note: (stay) => shortId(stay), href: (stay) => `#/opphold/${stay.stayId}`},
  place,
  {label: 'Innlagt', text: (stay) => shown(stay.admittedAt, dayAndClock), sort: (stay) => time(stay.admittedAt)},
  {label: 'UKP siden', text: (stay) => shown(stay.ukpSince, dayAndClock), sort: (stay) => time(stay.ukpSince)},
  {label: 'Ventet', numeric: true, quiet: true, text: (stay) => (stay.ukpSince ? duration(waited(stay)) : NOTHING), sort: waited,
    descending: true, tone: (stay) => (waited(stay) > LONG_WAIT_SECONDS ? 'warn' : '')},
  {label: 'Svar fra kommunen', text: (stay) => answerText(stay) || NOTHING},
  {label: 'Forventet ut', text: (stay) => shown(stay.expectedDischarge, day), sort: (stay) => time(stay.expectedDischarge)},
  {label: 'Merknader', text: (stay) => flagNames(stay.flags).join(', ') || NOTHING},
];
// Which hospital is said only where there are several.
const WARD = {label: 'Avdeling', text: (stay) => stay.ward || NOTHING,
  note: (stay) => (census.hospitals().length > 1 ? hospitalName(stay.hospital) : '')};
const KOMMUNE = {label: 'Kommune', text: (stay) => kommuneName(stay.stayKommune), note: (stay) => stay.ward};

export class Stays {
  // kind is 'kommune' or 'sykehus'.
  constructor(kind, id) {
    this.kind = kind;
    this.id = id;
    this.stays = new Map();
    this.known = false;
    this.heading = h('h1', {tabindex: '-1'});
    this.summary = h('p', {class: 'lead'});
    this.table = new Table({caption: 'Opphold', columns: columns(kind === 'kommune' ? WARD : KOMMUNE), rowKey: (stay) => stay.stayId,
      sortBy: 3, empty: 'Ingen er innlagt nå.'});
    this.element = h('div', null, h('p', {class: 'back'}, h('a', {href: '#/'}, 'Alle kommuner')), this.heading, this.summary,
        this.table.element);
    const field = kind === 'kommune' ? 'kommune' : 'hospital';
    this.stop = follow('stays', `/live/stays?${field}=${encodeURIComponent(id)}`, (message) => this.take(message));
    this.update();
  }

  get title() {
    return this.kind === 'kommune' ? kommuneName(this.id) : hospitalName(this.id);
  }

  take(message) {
    if (message.full) this.stays.clear();
    for (const gone of message.goneStayIds) this.stays.delete(gone);   // First: an id may go and come back in one message.
    for (const stay of message.stays) this.stays.set(stay.stayId, stay);
    if (!census.known() && message.asOf) heard(message.asOf);
    this.known = true;
    this.update();
  }

  update() {
    const stays = [...this.stays.values()];
    const ready = stays.filter((stay) => stay.ukpSince);
    const long = ready.filter((stay) => waited(stay) > LONG_WAIT_SECONDS);
    setText(this.heading, this.title);
    setText(this.summary, !this.known ? 'Henter …' :
      `${plural(stays.length, 'innlagt', 'innlagte')}, ${plural(ready.length, 'utskrivningsklar', 'utskrivningsklare')}, `
      + `${number(long.length)} i mer enn 24 timer.`);
    if (this.known) this.table.update(stays);
  }

  close() {
    this.stop();
  }
}
