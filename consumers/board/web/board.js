// What the page knows: the live census, how fresh it is, and whether every stream that the page follows is live.

import {Live, call} from './hub.js';

const kommuner = new Map();
const hospitals = new Map();
const listeners = new Set();
const streams = new Map();         // Name -> {state, error}.
let asOf = null;
let receivedAt = 0;                // performance.now() when asOf came: the reader's own clock may be wrong.

export const census = {
  kommuner: () => [...kommuner.values()],
  hospitals: () => [...hospitals.values()],
  known: () => asOf !== null,
  asOf: () => asOf,
};

const TO_COME = '…';               // Instead of a name that is on its way.
const otherNames = new Map();     // Of kommuner that have nothing to count, as asked for.
const asked = new Map();          // Kommune -> the answer that its name is to come with.
// The number stands for who has no name, and for nobody whose name is only not here yet.
const unnamedKommune = (id) => (id === '9999' || !id ? 'kommune ikke oppgitt' : asOf === null || asked.has(id) ? TO_COME : `kommune ${id}`);
const unnamedHospital = (id) => (!id ? 'sykehus ikke oppgitt' : asOf === null ? TO_COME : `sykehus ${id}`);
export const kommuneName = (id) => kommuner.get(id)?.name || otherNames.get(id) || unnamedKommune(id);
export const hospitalName = (id) => hospitals.get(id)?.name || unnamedHospital(id);

// The hub's time, in milliseconds.
export const now = () => (asOf?.now ? Date.parse(asOf.now) + performance.now() - receivedAt : Date.now());
export const secondsSince = (time) => (now() - Date.parse(time)) / 1000;
// What has passed since the census came, for durations that it states.
export const secondsSinceCensus = () => (asOf ? (performance.now() - receivedAt) / 1000 : 0);

export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
const changed = () => listeners.forEach((listener) => listener());

export function heard(newAsOf) {
  asOf = newAsOf;
  receivedAt = performance.now();
}

function takeCensus(message) {
  if (message.full) {
    kommuner.clear();
    hospitals.clear();
  }
  for (const kommune of message.kommuner) kommuner.set(kommune.kommune, kommune);
  for (const hospital of message.hospitals) hospitals.set(hospital.hospital, hospital);
  if (message.asOf) heard(message.asOf);
  changed();
}

// Follows a live stream and counts it in what the page says of its connection. Gives the function that stops it.
export function follow(name, path, onMessage) {
  const live = new Live(path, {
    onMessage,
    onState: (state, error) => {
      const before = streams.get(name)?.state;
      streams.set(name, {state, error, live});
      if (before !== state) changed();
    },
  });
  return () => {
    live.stop();
    if (streams.get(name)?.live === live) streams.delete(name);
    changed();
  };
}

// 'live' only while every stream is; the census, which every view rests on, tells of the first connecting.
export function connection() {
  const all = [...streams.values()];
  const refused = all.find((stream) => stream.state === 'refused');
  if (refused) return {state: 'refused', error: refused.error};
  if (all.some((stream) => stream.state === 'reconnecting')) return {state: 'reconnecting'};
  return {state: streams.get('census')?.state ?? 'connecting'};
}

let stopCensus = null;
export function followCensus() {
  stopCensus?.();
  stopCensus = follow('census', '/live/census', takeCensus);
}

async function askForNames(ids) {
  try {
    const answer = await call('CensusService/GetCensus', {kommuner: ids});
    for (const id of ids) otherNames.set(id, '');   // Who is not in the answer is not asked for again.
    for (const kommune of answer.kommuner ?? []) otherNames.set(kommune.kommune, kommune.name);
  } catch {
    // Their numbers stand in for them until the next try.
  }
  for (const id of ids) asked.delete(id);
  changed();
}

// Asks for the names of kommuner that the census leaves out, each once. Comes to its end when all names are here.
export async function learnKommuner(ids) {
  const unknown = [...new Set(ids)].filter((id) => !kommuner.has(id) && !otherNames.has(id) && !asked.has(id));
  if (unknown.length > 0) {
    const names = askForNames(unknown);
    for (const id of unknown) asked.set(id, names);
  }
  await Promise.all(ids.map((id) => asked.get(id)));
}
