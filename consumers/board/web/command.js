// One thing that the reader tells the hub. The same words sent again, after an answer that never came, are the same try and
// have its key, so that the hub takes them once; other words are another try.

import {HubError, call} from './hub.js';

// Not crypto.randomUUID, which pages without TLS do not have.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Command {
  constructor(method) {
    this.method = method;
    this.content = '';
    this.underWay = false;
  }

  // The receipt, or throws HubError. Null while it is under way already, as after a second click.
  async send(request) {
    if (this.underWay) return null;
    const content = JSON.stringify(request);
    if (content !== this.content) Object.assign(this, {content, key: newKey()});
    this.underWay = true;
    try {
      const receipt = await call(this.method, {...request, idempotencyKey: this.key});
      this.content = '';
      return receipt;
    } catch (error) {
      throw error instanceof HubError ? error : new HubError(0, 'unavailable', String(error));
    } finally {
      this.underWay = false;
    }
  }
}

// Whether the hub may have taken it all the same: it was not reached, or did not come to an answer.
export const isUnsure = (error) => error.status === 0 || error.status >= 500;

// In the reader's words; texts: by code, what it means for this command.
export function refusalText(error, texts = {}) {
  const text = texts[error.code] ?? {
    unavailable: 'Huben svarte ikke, så det er ikke sikkert at den fikk det med seg. Prøv igjen; det blir ikke registrert to ganger.',
    deadline_exceeded: 'Huben brukte for lang tid på å svare. Prøv igjen; det blir ikke registrert to ganger.',
    aborted: 'Noe annet endret seg i samme øyeblikk. Prøv igjen.',
    resource_exhausted: 'Huben har for mye å gjøre akkurat nå. Prøv igjen om litt.',
    permission_denied: 'Adgangsnøkkelen gir ikke lov til dette.',
    unauthenticated: 'Adgangsnøkkelen gjelder ikke lenger. Last siden på nytt.',
    invalid_argument: 'Huben godtok ikke det som er skrevet.',
    already_exists: 'Dette er registrert før.',
    not_found: 'Huben finner det ikke lenger.',
  }[error.code];
  return text ?? `Noe gikk galt i huben (${error.code}). Prøv igjen.`;
}

// The field that the hub refused, e.g. "decided[0].owner"; '' where it names none.
export const refusedField = (error) => (error.details ?? []).flatMap((detail) => detail.debug?.fieldViolations ?? [])[0]?.field ?? '';
