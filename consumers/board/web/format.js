// Numbers, times and ages as Norwegians write them; all times are Oslo's, wherever the reader sits. What belongs together
// is held together by spaces that do not break.

const ZONE = 'Europe/Oslo';
const formatter = (options) => new Intl.DateTimeFormat('nb-NO', {timeZone: ZONE, ...options});
const clockFormat = formatter({hour: '2-digit', minute: '2-digit'});
const secondsFormat = formatter({hour: '2-digit', minute: '2-digit', second: '2-digit'});
const dayFormat = formatter({day: 'numeric', month: 'short'});
const dayYearFormat = formatter({day: 'numeric', month: 'short', year: 'numeric'});
const longDayFormat = formatter({weekday: 'long', day: 'numeric', month: 'long', year: 'numeric'});
const yearFormat = formatter({year: 'numeric'});
const numberFormat = new Intl.NumberFormat('nb-NO');
const percentFormat = new Intl.NumberFormat('nb-NO', {maximumFractionDigits: 0});

const SPACE = '\u00a0';
const held = (text) => text.replaceAll(' ', SPACE);

export const NOTHING = '–';

export const number = (value) => numberFormat.format(Number(value ?? 0));
export const percent = (value) => held(`${percentFormat.format(value)} %`);

// With dots, as in the hub's own sentences.
const dotted = (text) => text.replaceAll(':', '.');
export const clock = (time) => dotted(clockFormat.format(new Date(time)));
export const clockWithSeconds = (time) => dotted(secondsFormat.format(new Date(time)));
export const longDay = (time) => longDayFormat.format(new Date(time));

// "3. mars", with the year where it is not this one.
export function day(time, now = Date.now()) {
  const date = new Date(time);
  return held((yearFormat.format(date) === yearFormat.format(now) ? dayFormat : dayYearFormat).format(date));
}

export const dayAndClock = (time, now) => `${day(time, now)} ${held(`kl. ${clock(time)}`)}`;

export const dayAndSeconds = (time, now) => `${day(time, now)} ${held(`kl. ${clockWithSeconds(time)}`)}`;

// From protobuf's "123.5s".
export const seconds = (duration) => (duration ? Number.parseFloat(duration) : 0);

// Two units at most: "3 d 4 t", "5 t 12 min", "12 min".
export function duration(totalSeconds) {
  const minutes = Math.max(0, Math.floor(totalSeconds / 60));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days > 0) return held(hours > 0 && days < 10 ? `${days} d ${hours} t` : `${days} d`);
  if (hours > 0) return held(minutes % 60 > 0 ? `${hours} t ${minutes % 60} min` : `${hours} t`);
  return held(`${minutes} min`);
}

// "for 12 s siden"
export function ago(totalSeconds) {
  if (totalSeconds < 1) return 'nå nettopp';
  if (totalSeconds < 60) return `for ${Math.floor(totalSeconds)} s siden`;
  if (totalSeconds < 3600) return `for ${Math.floor(totalSeconds / 60)} min siden`;
  if (totalSeconds < 48 * 3600) return `for ${Math.floor(totalSeconds / 3600)} t siden`;
  return `for ${Math.floor(totalSeconds / 86400)} døgn siden`;
}

export const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

const decimalFormat = new Intl.NumberFormat('nb-NO', {maximumFractionDigits: 1});
export const decimal = (value) => decimalFormat.format(value);
