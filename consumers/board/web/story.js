// One stay told as a story: what holds now, then the hub's own sentences in the order that things happened.

import {accounts} from './accounts.js';
import {census, follow, hospitalName, kommuneName, now, secondsSince} from './board.js';
import {h, setText} from './dom.js';
import {clock, day, dayAndClock, duration, longDay, number} from './format.js';
import {call, errorText, isRefused} from './hub.js';
import {answerText, flagNames, patientText, shortId} from './stay_text.js';

const RETRY_MS = 5000;   // After a failure that may pass.
// What only the story's own answer bears: names, and which facts a number rests on.
const STORY_ONLY = new Set(['hospitalName', 'wardName', 'declaredBy', 'notifiedBy', 'endedBy', 'because', 'eventId']);

const asWatched = (stay) => JSON.stringify(stay, (key, value) =>
  (STORY_ONLY.has(key) || (key === 'until' && Array.isArray(value)) ? undefined : value));
const pair = (name, value) => (value ? [h('dt', null, name), h('dd', null, value)] : []);
const moment = (time) => (time ? dayAndClock(time, now()) : '');

// `waited` goes on by itself.
function derived(stay, waited) {
  const residence = stay.residenceKommune !== stay.stayKommune ? kommuneName(stay.residenceKommune) : '';
  return h('dl', {class: 'facts'},
      pair('Sykehus', stay.hospitalName || hospitalName(stay.hospital)),
      pair('Avdeling', stay.wardName || stay.ward),
      pair('Kommune', kommuneName(stay.stayKommune)),
      pair('Folkeregistrert kommune', residence),
      pair('Innlagt', moment(stay.admittedAt)),
      pair('Forventet utskrivning', stay.expectedDischarge ? day(stay.expectedDischarge, now()) : ''),
      pair('Utskrivningsklar siden', moment(stay.ukpSince)),
      stay.ukpSince ? [h('dt', null, 'Har ventet'), waited] : [],
      pair('Svar fra kommunen', answerText(stay)),
      pair('Svaret kom', moment(stay.answeredAt)),
      pair('Utskrevet', moment(stay.dischargedAt)),
      (stay.ukpPeriods ?? []).length > 0 ?
        [pair('Overliggerdøgn', number(stay.overliggerdogn)), pair('Døgn å betale for', number(stay.payableDays))] : [],
      pair('Merknader', flagNames(stay.flags).join(', ')));
}

// How a line looks, and what a reader who does not see it hears first.
function kindOf(line) {
  if (line.cancelled) return {look: 'cancelled'};
  switch (line.kind) {
    case 'KIND_DERIVED': return {look: 'derived', heard: 'Følger av reglene: '};
    case 'KIND_WARNING': return {look: 'warning', heard: 'Merk: '};
    case 'KIND_DEADLINE': return {look: line.deadlineState === 'DEADLINE_STATE_MISSED' ? 'deadline missed' : 'deadline', heard: 'Frist: '};
    default: return {};
  }
}

function storyItem(line) {
  const {look, heard} = kindOf(line);
  const onlyDay = line.atPrecision === 'PRECISION_DAY';
  const time = !onlyDay ? `kl. ${clock(line.at)}` : line.kind === 'KIND_FACT' ? 'uten klokkeslett' : '';
  return h('li', {class: look},
      time ? h('time', {datetime: line.at}, time) : h('span'),
      h('div', null,
          h('p', null, heard ? h('span', {class: 'heard'}, heard) : null,
              line.cancelled ? [h('s', null, line.text), ' Trukket tilbake: gjelder ikke.'] : line.text),
          line.source ? h('small', null, line.source) : null,
          line.rule ? h('small', null, line.rule) : null));
}

function timeline(lines) {
  const days = [];
  for (const line of lines) {
    const date = longDay(line.at);
    if (days.at(-1)?.date !== date) days.push({date, items: []});
    days.at(-1).items.push(storyItem(line));
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
    const same = ours ? asWatched(ours) === asWatched(this.stay) : Boolean(this.stay.dischargedAt);
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
    const table = accounts((this.answer.views ?? []).find((views) => views.stayId === stay.stayId));
    this.content.replaceChildren(
        h('section', null, h('h2', null, 'Nå'), derived(stay, this.waited)),
        h('section', null, h('h2', null, 'Hva som har skjedd'),
            timeline((this.answer.story ?? []).filter((line) => line.stayId === stay.stayId))),
        table ? h('section', null, h('h2', null, 'Sykehusets og kommunens regnestykke'), table) : '',
        h('p', {class: 'as-of'}, 'Overgang forteller hva som er meldt, og regner etter reglene. Det er forskriften og avtalene som avgjør.'));
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
