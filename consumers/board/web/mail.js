// One mail as its reader got it: made again by the hub from the log, and shown in a frame in which nothing runs.

import {revisionText, stateMeaning, stateText} from './deliveries.js';
import {h, setText} from './dom.js';
import {dayAndClock, number} from './format.js';
import {call, errorText} from './hub.js';

const pair = (name, value) => (value ? [h('dt', null, name), h('dd', null, value)] : []);
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// The pictures of the message by content id, as addresses that hold them. A part is a header, an empty line, base64.
function pictures(message) {
  const found = new Map();
  for (const part of new TextDecoder('latin1').decode(message).split(/\r\n--[^\r\n]+\r\n/)) {
    const end = part.indexOf('\r\n\r\n');
    const head = part.slice(0, end);
    const id = /^Content-ID: *<([^>]+)>/im.exec(head)?.[1];
    const type = /^Content-Type: *(image\/[a-z]+)/im.exec(head)?.[1];
    if (id && type) found.set(id, `data:${type};base64,${part.slice(end + 4).split('\r\n--')[0].replace(/[^A-Za-z0-9+/=]/g, '')}`);
  }
  return found;
}

function withPictures(html, message) {
  let shown = html;
  for (const [id, address] of pictures(message)) shown = shown.replaceAll(`cid:${id}`, address);
  return shown;
}

// What the mail that is made again is like. Before the server took it, nothing was sent for certain.
function likeness({state}, asSent) {
  const was = {accepted: 'som ble sendt', uncertain: 'som ble forsøkt sendt; om det kom fram, vet ingen', rejected: 'som ble forsøkt sendt'}[state] ??
    'som er i ferd med å bli sendt';
  return asSent ? h('p', {class: 'lead as-sent'}, `Laget på nytt fra loggen, uten adressen, og ellers likt det ${was}.`) :
    h('p', {class: 'notice'}, `Maler, navn eller avsender er endret siden: e-posten er ikke helt lik det ${was}.`);
}

// As high as what it shows; what it links to opens beside this page.
function fit(frame) {
  const inside = frame.contentDocument;
  for (const anchor of inside.links) anchor.target = '_blank';
  frame.style.height = `${inside.documentElement.scrollHeight + 4}px`;
}

export class Mail {
  constructor(messageId) {
    this.title = 'Utsending';
    this.messageId = messageId;
    this.heading = h('h1', {tabindex: '-1'}, 'Utsending');
    this.content = h('div', null, h('p', {class: 'lead', role: 'status'}, 'Henter …'));
    const date = /^status\.(\d{4}-\d{2}-\d{2})\./.exec(messageId)?.[1];
    this.element = h('div', null,
        h('p', {class: 'back'}, h('a', {href: date ? `#/utsendinger/${date}` : '#/utsendinger'}, 'Alle utsendinger')),
        this.heading, this.content);
    this.load();
  }

  async load() {
    try {
      this.show(await call('DailyStatusService/GetMail', {messageId: this.messageId}));
    } catch (error) {
      const text = error.code === 'not_found' || error.code === 'invalid_argument' ? 'Det finnes ingen utsending med denne adressen.' :
        errorText(error);
      this.content.replaceChildren(h('p', {class: 'lead'}, text));
    }
  }

  show({delivery, mail, asSent}) {
    const message = bytesOf(mail.message);
    this.title = mail.subject;
    setText(this.heading, mail.subject);
    // Its own styles and pictures come with it; scripts, forms and this page are out of its reach.
    const frame = h('iframe', {class: 'mail', title: 'E-posten', srcdoc: withPictures(mail.html, message),
      sandbox: 'allow-same-origin allow-popups allow-popups-to-escape-sandbox', onload: () => fit(frame)});
    this.fit = () => fit(frame);
    addEventListener('resize', this.fit);   // As when a phone is turned.
    this.url = URL.createObjectURL(new Blob([message], {type: 'message/rfc822'}));
    this.content.replaceChildren(
        h('dl', {class: 'facts'},
            pair('Mottaker', delivery.name), pair('Utgave', revisionText(delivery)),
            pair('Tilstand', `${stateText(delivery)}: ${stateMeaning(delivery)}`),
            pair('Tidspunkt', delivery.at ? dayAndClock(delivery.at) : ''), pair('Forsøk', number(delivery.attempts)),
            pair('E-posttjenerens svar', delivery.reply), pair('Vedlegg', (mail.files ?? []).join(', ')),
            pair('Message-ID', delivery.messageId)),
        likeness(delivery, asSent),
        frame,
        h('details', null, h('summary', null, 'Som ren tekst'), h('pre', {class: 'plain', tabindex: '0'}, mail.text)),
        h('p', null, h('a', {href: this.url, download: `${delivery.messageId.split('@')[0]}.eml`}, 'Last ned hele e-posten (.eml)')));
    document.title = `${this.title} – Overgang`;
  }

  update() {}

  close() {
    removeEventListener('resize', this.fit);
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
