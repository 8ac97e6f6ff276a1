// One stay told as a story: what holds now, then fact by fact, in the order that things happened.

import {census, follow, hospitalName, kommuneName, now, secondsSince} from './board.js';
import {h, setText} from './dom.js';
import {clock, day, dayAndClock, duration, longDay} from './format.js';
import {answerText, flagNames, isWeighty, patientText, sentence, shortId, sourceOf} from './facts.js';
import {call, errorText, isRefused} from './hub.js';

const RETRY_MS = 5000;       // After a failure that may pass.
const LATE_SECONDS = 3600;   // A fact that its source told later than this shows how late.
const ENDED_BY = {
  UKP_END_WITHDRAWN: 'avmeldt', UKP_END_DISCHARGED: 'utskrevet', UKP_END_DIED: 'død',
  UKP_END_TRANSFERRED: 'overført til annen spesialisthelsetjeneste', UKP_END_MOVED: 'flyttet til en annen kommune',
};

const pair = (name, value) => (value ? [h('dt', null, name), h('dd', null, value)] : []);
const moment = (time) => (time ? dayAndClock(time, now()) : '');

function periodText(period) {
  const until = period.until ? Date.parse(period.until) : now();
  const length = duration((until - Date.parse(period.since)) / 1000);
  const end = period.until ? `til ${moment(period.until)}` : 'til nå';
  const why = ENDED_BY[period.end] ? ` (${ENDED_BY[period.end]})` : '';
  return `${moment(period.since)} ${end}: ${length}${why}`;
}

const lines = (texts) => (texts.length > 0 ? h('ul', null, texts.map((text) => h('li', null, text))) : null);

// `waited` goes on by itself.
function derived(stay, waited) {
  const residence = stay.residenceKommune !== stay.stayKommune ? kommuneName(stay.residenceKommune) : '';
  return h('dl', {class: 'facts'},
      pair('Sykehus', hospitalName(stay.hospital)),
      pair('Avdeling', stay.ward),
      pair('Kommune', kommuneName(stay.stayKommune)),
      pair('Folkeregistrert kommune', residence),
      pair('Innlagt', moment(stay.admittedAt)),
      pair('Forventet utskrivning', stay.expectedDischarge ? day(stay.expectedDischarge, now()) : ''),
      pair('Utskrivningsklar siden', moment(stay.ukpSince)),
      stay.ukpSince ? [h('dt', null, 'Har ventet'), waited] : [],
      pair('Svar fra kommunen', answerText(stay)),
      pair('Svaret kom', moment(stay.answeredAt)),
      pair('Utskrevet', moment(stay.dischargedAt)),
      pair('Perioder som utskrivningsklar', lines((stay.ukpPeriods ?? []).map(periodText))),
      pair('Merknader', flagNames(stay.flags).join(', ')));
}

function factItem(entry) {
  const fact = entry.fact;
  const onlyDay = fact.occurredPrecision === 'PRECISION_DAY';
  const late = (Date.parse(fact.recordedAt) - Date.parse(fact.occurredAt)) / 1000;
  const told = late > LATE_SECONDS && !onlyDay ? `, meldt ${duration(late)} etterpå` : '';
  const text = sentence(fact);
  const kind = entry.cancelled ? 'cancelled' : isWeighty(fact) ? 'weighty' : null;
  return h('li', {class: kind},
      h('time', {datetime: fact.occurredAt}, onlyDay ? 'uten klokkeslett' : `kl. ${clock(fact.occurredAt)}`),
      h('div', null,
          h('p', null, entry.cancelled ? [h('s', null, text), ' Trukket tilbake: gjelder ikke.'] : text),
          h('small', null, sourceOf(fact) + told)));
}

function timeline(entries) {
  const days = [];
  for (const entry of entries) {
    const date = longDay(entry.fact.occurredAt);
    if (days.at(-1)?.date !== date) days.push({date, items: []});
    days.at(-1).items.push(factItem(entry));
  }
  return days.map(({date, items}) => [h('h3', null, date), h('ol', {class: 'story'}, items)]);
}

export class Story {
  constructor(stayId) {
    this.stayId = stayId;
    this.title = 'Opphold';
    this.heading = h('h1', {tabindex: '-1'}, 'Opphold');
    this.back = h('a', {href: '#/'}, 'Alle kommuner');
    this.content = h('div', null, h('p', {class: 'lead'}, 'Henter …'));
    this.element = h('div', null, h('p', {class: 'back'}, this.back), this.heading, this.content);
    this.waited = h('dd');
    this.closed = false;
    this.load();
  }

  async load() {
    clearTimeout(this.retry);
    const asked = this.asked = (this.asked ?? 0) + 1;
    let answer;
    try {
      answer = await call('PathwayService/GetPathway', {stayId: this.stayId});
    } catch (error) {
      if (!this.closed && asked === this.asked) this.showError(error);
      return;
    }
    if (this.closed || asked !== this.asked) return;   // Asked again meanwhile: that answer is newer.
    this.answer = answer;
    this.stay = answer.stays.find((stay) => stay.stayId === this.stayId || stay.aliasStayIds.includes(this.stayId))
      ?? answer.stays[0];
    this.follow(this.stay.stayKommune);
    this.show();
    this.update();
  }

  // The stay is told anew when it changes, also when it leaves the open ones, or its kommune for another.
  follow(kommune) {
    if (this.followed === kommune) return;
    this.stop?.();
    this.followed = kommune;
    this.watched = false;
    this.stop = follow('story', `/live/stays?kommune=${encodeURIComponent(kommune)}`, (message) => this.take(message));
  }

  take(message) {
    const ours = message.stays.find((stay) => stay.stayId === this.stay.stayId);
    const gone = message.goneStayIds.includes(this.stay.stayId);
    const first = !this.watched;
    this.watched = true;
    // What is there at first was just asked for, unless it changed in between.
    const same = ours ? JSON.stringify(ours) === JSON.stringify(this.stay) : Boolean(this.stay.dischargedAt);
    if (first ? !same : message.full || ours || gone) this.load();
  }

  showError(error) {
    const text = error.status === 404 ? 'Det finnes ikke noe opphold med denne adressen.' : errorText(error);
    const again = isRefused(error) ? '' : ' Siden prøver igjen av seg selv.';
    if (again) this.retry = setTimeout(() => this.load(), RETRY_MS);
    this.content.replaceChildren(h('p', {class: 'notice'}, text + again),
        h('p', null, h('button', {type: 'button', onclick: () => this.load()}, 'Prøv igjen')));
  }

  show() {
    const stay = this.stay;
    this.title = `${patientText(stay)} (${shortId(stay)})`;
    this.heading.replaceChildren(patientText(stay), ' ', h('small', null, shortId(stay)));
    this.back.setAttribute('href', `#/kommune/${stay.stayKommune}`);
    this.back.textContent = kommuneName(stay.stayKommune);
    this.content.replaceChildren(
        h('section', null, h('h2', null, 'Nå'), derived(stay, this.waited)),
        h('section', null, h('h2', null, 'Hva som har skjedd'), timeline(this.answer.facts)));
  }

  update() {
    if (!this.stay) return;
    if (this.stay.ukpSince) setText(this.waited, duration(secondsSince(this.stay.ukpSince)));
    if (this.named || !census.known()) return;
    this.named = true;   // The names of kommuner and hospitals come with the census.
    this.show();
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    this.stop?.();
  }
}
