// Talks with the hub: asks a method, or follows a live stream. The key, where the hub wants one, stays in this tab.

const KEY = 'overgang.key';
const RETRY_MS = 2000;             // Doubles up to RETRY_MAX_MS while the hub does not answer.
const RETRY_MAX_MS = 15000;
const SILENCE_MAX_MS = 40000;      // The hub says something every 15 s; a connection silent for longer is dead.

export const setKey = (key) => sessionStorage.setItem(KEY, key);

function headers(more = {}) {
  const key = sessionStorage.getItem(KEY);
  return key ? {...more, Authorization: `Bearer ${key}`} : more;
}

export class HubError extends Error {
  constructor(status, code, message, details = []) {
    super(message);
    this.status = status;   // 0: not reached.
    this.code = code;
    this.details = details;
  }
}

const TEXTS = {
  unauthenticated: 'Huben krever en gyldig adgangsnøkkel.',
  permission_denied: 'Adgangsnøkkelen gir ikke tilgang til dette.',
  invalid_argument: 'Huben forstår ikke denne adressen.',
  not_found: 'Huben har ikke noe på denne adressen.',
  unimplemented: 'Denne huben kan ikke vise dette. Last siden på nytt.',
  resource_exhausted: 'Huben har for mye å gjøre akkurat nå.',
  deadline_exceeded: 'Huben brukte for lang tid på å svare.',
  unavailable: 'Huben svarer ikke.',
};
// What went wrong in the reader's words; the hub's own are for those who run it.
export const errorText = (error) => TEXTS[error.code] ?? `Noe gikk galt i huben (${error.code}).`;

const LATER = new Set([408, 425, 429]);   // Refused for now only.
export const isRefused = (error) => error.status >= 400 && error.status < 500 && !LATER.has(error.status);

async function errorOf(response) {
  const body = await response.json().catch(() => ({}));
  return new HubError(response.status, body.code ?? 'unknown', body.message ?? response.statusText, body.details);
}

// call('PathwayService/GetPathway', {stayId}) gives the response message, or throws HubError.
export async function call(method, request) {
  let response;
  try {
    response = await fetch(`/overgang.v1.${method}`, {
      method: 'POST', headers: headers({'Content-Type': 'application/json'}), body: JSON.stringify(request)});
  } catch {
    throw new HubError(0, 'unavailable', 'the hub was not reached');
  }
  if (!response.ok) throw await errorOf(response);
  return response.json();
}

// Follows /live/... until stopped. onState gets 'connecting', 'live', 'reconnecting' or 'refused' (with the error).
// It reads the stream itself rather than with EventSource, which can neither send a key nor notice a silent connection.
export class Live {
  constructor(path, {onMessage, onState}) {
    this.path = path;
    this.onMessage = onMessage;
    this.onState = onState;
    this.stopped = false;
    this.failures = 0;
    // A page that is left may be kept by the browser, and would keep its connection; it connects again when it is come back to.
    this.leave = () => this.abort?.abort();
    addEventListener('pagehide', this.leave);
    queueMicrotask(() => this.run());   // Whoever makes it has it before it speaks.
  }

  stop() {
    this.stopped = true;
    removeEventListener('pagehide', this.leave);
    this.abort?.abort();
    this.wake?.();
  }

  async run() {
    if (!this.stopped) this.onState('connecting');
    while (!this.stopped) {
      try {
        await this.follow();
      } catch (error) {
        if (error instanceof HubError && isRefused(error)) {
          this.onState('refused', error);
          return;
        }
      }
      if (this.stopped) return;
      this.onState('reconnecting');
      await this.pause(Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.failures) * (0.75 + Math.random() / 2));
      this.failures = Math.min(this.failures + 1, 8);
    }
  }

  pause(ms) {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, ms);
      addEventListener('online', resolve, {once: true});
    });
  }

  async follow() {
    this.abort = new AbortController();
    let silence = setTimeout(() => this.abort.abort(), SILENCE_MAX_MS);
    try {
      const response = await fetch(this.path, {headers: headers(), signal: this.abort.signal, cache: 'no-store'});
      if (!response.ok) throw await errorOf(response);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const {value, done} = await reader.read();
        if (done || this.stopped) return;
        clearTimeout(silence);
        silence = setTimeout(() => this.abort.abort(), SILENCE_MAX_MS);
        const events = (text + value).split('\n\n');
        text = events.pop();
        for (const event of events) this.take(event);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  // One event: lines "event: x" and "data: y"; a comment begins with a colon.
  take(event) {
    const lines = event.split('\n');
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n');
    if (data === '' || this.stopped || lines.includes('event: end')) return;   // The end of the stream follows.
    this.failures = 0;
    this.onState('live');
    this.onMessage(JSON.parse(data));
  }
}
