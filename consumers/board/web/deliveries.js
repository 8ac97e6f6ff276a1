// The mails of one day: to whom, and what became of each.

import {h, setText} from './dom.js';
import {NOTHING, dayAndClock, longDay, number, plural} from './format.js';
import {call, errorText, isRefused} from './hub.js';
import {Table} from './table.js';

const EVERY_MS = 5000;   // How often the hub is asked again.
const DAY_MS = 24 * 3600 * 1000;

// What became of a mail, and what that means.
const STATES = {
  due: ['Venter', 'skal sendes'],
  attempted: ['Sendes', 'er gitt til e-posttjeneren, som ikke har svart ennå'],
  accepted: ['Levert', 'e-posttjeneren har tatt imot'],
  rejected: ['Avvist', 'e-posttjeneren tok ikke imot'],
  postponed: ['Utsatt', 'e-posttjeneren tok ikke imot nå; prøves igjen'],
  uncertain: ['Usikker', 'e-posttjeneren svarte ikke; kan være levert'],
  paused: ['På pause', 'mottakeren får ingenting før pausen er over'],
  missed: ['Ikke sendt', 'ble ikke sendt innen fristen'],
};
const WARN = new Set(['rejected', 'uncertain', 'missed']);
const stateOf = ({state, retryAt}) => (state === 'rejected' && retryAt ? 'postponed' : state);
export const stateText = (delivery) => STATES[stateOf(delivery)]?.[0] ?? delivery.state;
export const stateMeaning = (delivery) => STATES[stateOf(delivery)]?.[1] ?? '';
export const revisionText = (delivery) => (delivery.revision > 0 ? `Rettelse ${delivery.revision}` : '');
export const mailAddress = (delivery) => `#/utsending/${encodeURIComponent(delivery.messageId)}`;

// Those of a tiltakskort are not shown themselves: their links answer for whoever they went to.
const isOfCard = (mail) => (mail.messageId ?? '').startsWith('tiltakskort.');

const COLUMNS = [
  {label: 'Mottaker', text: (mail) => mail.name, href: (mail) => (mail.messageId && !isOfCard(mail) ? mailAddress(mail) : ''), note: revisionText},
  {label: 'Tilstand', text: stateText, tone: (mail) => (WARN.has(stateOf(mail)) ? 'warn' : '')},
  {label: 'Tidspunkt', text: (mail) => (mail.at ? dayAndClock(mail.at) : NOTHING), sort: (mail) => Date.parse(mail.at ?? 0), descending: true},
  {label: 'Forsøk', numeric: true, descending: true, text: (mail) => number(mail.attempts), sort: (mail) => mail.attempts ?? 0},
  {label: 'Prøves igjen', text: (mail) => (mail.retryAt && mail.state !== 'due' ? dayAndClock(mail.retryAt) : NOTHING)},
  {label: 'E-posttjenerens svar', text: (mail) => mail.reply || NOTHING},
  // Last: it tells readers of one kommune apart, and a phone has no room for it beside what became of the mail.
  {label: 'Adresse', title: 'En kode som står for adressen; den selv vises ikke', text: (mail) => mail.addressHash.slice(0, 8)},
];

const dateOf = (time) => new Intl.DateTimeFormat('sv-SE', {timeZone: 'Europe/Oslo'}).format(new Date(time));   // YYYY-MM-DD
const noon = (date) => Date.parse(`${date}T12:00:00Z`);
const link = (date, text) => h('a', {href: `#/utsendinger/${date}`}, text);

export class Deliveries {
  // `date`: YYYY-MM-DD; undefined: today.
  constructor(date) {
    this.title = 'Utsendinger';
    this.date = date ?? '';
    this.lead = h('p', {class: 'lead', role: 'status'}, 'Henter …');
    this.days = h('p', {class: 'days'});
    this.mistakes = h('div');
    this.table = new Table({caption: 'Utsendinger', columns: COLUMNS, empty: 'Ingen daglig status er sendt eller skal sendes denne dagen.',
      rowKey: (mail) => (isOfCard(mail) ? mail.messageId : [mail.name, mail.revision, mail.addressHash].join(' '))});
    this.table.element.hidden = true;
    this.element = h('div', null, h('p', {class: 'back'}, h('a', {href: '#/'}, 'Alle kommuner')),
        h('h1', {tabindex: '-1'}, 'Daglig status på e-post'), this.lead, this.days, this.mistakes, this.table.element);
    this.load();
  }

  async load() {
    try {
      this.show(await call('DailyStatusService/ListDeliveries', {date: this.date}));
    } catch (error) {
      setText(this.lead, errorText(error));
      if (isRefused(error)) return;
    }
    if (!this.closed) this.timer = setTimeout(() => this.load(), EVERY_MS);
  }

  show(answer) {
    const mails = answer.deliveries ?? [];
    const shown = this.date || dateOf(answer.asOf.now);
    const counts = Object.keys(STATES).map((state) => [state, mails.filter((mail) => stateOf(mail) === state).length])
        .filter(([, count]) => count > 0).map(([state, count]) => `${number(count)} ${STATES[state][0].toLocaleLowerCase('nb')}`);
    setText(this.lead, `${longDay(noon(shown))}: ${[plural(mails.length, 'mail', 'mailer'), ...counts].join(', ')}.`);
    if (this.shown !== shown) {
      this.shown = shown;
      const next = shown < dateOf(answer.asOf.now) ? link(dateOf(noon(shown) + DAY_MS), 'Neste dag') : null;
      this.days.replaceChildren(link(dateOf(noon(shown) - DAY_MS), 'Dagen før'), ...(next ? [next] : []));
    }
    const mistakes = answer.recipientMistakes ?? [];
    if (this.mistakes.told !== mistakes.join('\n')) {
      this.mistakes.told = mistakes.join('\n');
      this.mistakes.replaceChildren(...(mistakes.length === 0 ? [] : [h('div', {class: 'notice'},
          h('p', null, `${plural(mistakes.length, 'linje', 'linjer')} i mottakerfilen kan ikke brukes:`),
          h('ul', {lang: 'en'}, mistakes.map((mistake) => h('li', null, mistake))))]));
    }
    this.table.element.hidden = false;
    this.table.update(mails);
  }

  update() {}

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }
}
