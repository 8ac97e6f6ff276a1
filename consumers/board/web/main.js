// Starts the page: which view the address names, and the line that says how live it is.

import {census, connection, followCensus, onChange} from './board.js';
import {CardList} from './cards.js';
import {h, setText} from './dom.js';
import {Deliveries} from './deliveries.js';
import {clockWithSeconds, day, dayAndClock, plural} from './format.js';
import {HeldMeeting} from './held_meeting.js';
import {errorText, setKey} from './hub.js';
import {Mail} from './mail.js';
import {Meeting} from './meeting.js';
import {Overview} from './overview.js';
import {Stays} from './stays.js';
import {Story} from './story.js';

const TICK_MS = 1000;   // Ages and waiting times go on between messages.
const CONNECTION = {connecting: 'Kobler til …', live: 'Direkte', reconnecting: 'Kobler til på nytt …', refused: 'Avvist'};
const NO_ACCESS = new Set([401, 403]);

const main = document.getElementById('innhold');
const status = document.getElementById('connection');
const notice = h('p', {class: 'notice', hidden: true});
const asOf = h('p', {class: 'as-of'});
const holder = h('div');
let view = null;

// Null for what no address of this page holds.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

// "#/kommune/5001" and the like; anything else is the overview.
function viewOf(hash) {
  const [, kind, id, meeting] = hash.split('/').map(decoded);
  if (id && (kind === 'kommune' || kind === 'sykehus')) return new Stays(kind, id);
  if (id && kind === 'opphold') return new Story(id);
  if (id && kind === 'utsending') return new Mail(id);
  if (id && kind === 'mote') return meeting ? new HeldMeeting(id, meeting) : new Meeting(id);
  if (kind === 'tiltakskort') return new CardList(id);
  if (kind === 'utsendinger') return new Deliveries(id);
  return new Overview();
}

function navigate(first) {
  view?.close();
  view = viewOf(location.hash);
  holder.replaceChildren(view.element);
  if (!first) {
    scrollTo(0, 0);
    view.element.querySelector('h1').focus({preventScroll: true});
  }
  update();
}

function asOfText() {
  const known = census.asOf();
  if (!known || connection().state !== 'live') return '';
  const stale = (known.sources ?? []).filter((source) => source.stale).length;
  const sources = stale > 0 ? `${plural(stale, 'kilde', 'kilder')} av ${known.sources.length} er foreldet` :
    known.stale ? 'visningen henger etter' : 'alle kilder er i rute';
  return `Per ${day(known.now)} kl. ${clockWithSeconds(known.now)}, ${sources}.`;
}

function noticeText() {
  const {state, error} = connection();
  if (state === 'refused') return error.status === 401 ? '' : errorText(error);
  if (state !== 'reconnecting') return '';
  const known = census.asOf();
  return known ? `Ingen forbindelse med huben. Tallene er fra ${dayAndClock(known.now)} og oppdateres ikke.` :
    'Ingen forbindelse med huben.';
}

function askForKey() {
  if (document.getElementById('key')) return;
  const key = h('input', {id: 'key', type: 'password', autocomplete: 'off', required: true});
  const take = (event) => {
    event.preventDefault();
    setKey(key.value);
    location.reload();
  };
  holder.replaceChildren(h('form', {class: 'key', onsubmit: take}, h('h1', {tabindex: '-1'}, 'Adgang'),
      h('p', null, 'Denne huben krever en adgangsnøkkel. Den lagres bare til fanen lukkes.'),
      h('label', {for: 'key'}, 'Adgangsnøkkel'), key, h('button', {type: 'submit'}, 'Fortsett')));
  key.focus();
}

function update() {
  const {state, error} = connection();
  if (state === 'refused' && error.status === 401) askForKey();
  setText(status, state === 'refused' && NO_ACCESS.has(error.status) ? 'Ingen tilgang' : CONNECTION[state]);
  status.dataset.state = state;
  setText(asOf, asOfText());
  asOf.hidden = Boolean(view.standsStill);
  asOf.dataset.stale = String(Boolean(census.asOf()?.stale));
  setText(notice, noticeText());
  notice.hidden = notice.textContent === '';
  document.title = `${view.title} – Overgang`;
  view.update();
}

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
main.append(notice, asOf, holder);
followCensus();
navigate(true);
addEventListener('hashchange', () => navigate(false));
onChange(update);
setInterval(update, TICK_MS);
