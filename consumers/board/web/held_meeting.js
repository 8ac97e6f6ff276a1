// A meeting as it was held: the picture that the room had, what has been corrected since beside it, who was there, and how its
// decisions stand today; to print, and as PDF.

import {h, setText} from './dom.js';
import {decisionsView} from './decisions_view.js';
import {recipientName} from './escalation.js';
import {clock, dayAndSeconds, longDay, plural} from './format.js';
import {call, errorText} from './hub.js';
import {pictureOf} from './picture.js';
import {pictureView} from './picture_view.js';

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

export class HeldMeeting {
  constructor(hospital, id) {
    Object.assign(this, {hospital, id});
    this.urls = [];
    this.title = 'Kapasitetsmøte';
    this.heading = h('h1', {tabindex: '-1'}, this.title);
    this.content = h('div', null, h('p', {class: 'lead', role: 'status'}, 'Henter …'));
    this.element = h('div', {class: 'meeting'}, h('p', {class: 'back'}, h('a', {href: `#/mote/${hospital}`}, 'Kapasitetsmøtet nå')), this.heading,
        this.content);
    this.load();
  }

  get standsStill() {
    return true;
  }

  async load() {
    try {
      const answer = await call('EscalationService/GetMeeting', {meetingId: this.id});
      this.show(answer, await pictureOf(answer));
    } catch (error) {
      if (error.code === undefined) throw error;
      const none = error.code === 'not_found' || error.code === 'invalid_argument';
      this.content.replaceChildren(h('p', {class: 'lead'}, none ? 'Det finnes ikke noe møte med denne adressen.' : errorText(error)));
    }
  }

  address(bytes, type) {
    const url = URL.createObjectURL(new Blob([bytes], {type}));
    this.urls.push(url);
    return url;
  }

  show(answer, picture) {
    const {meeting, heldAt, corrections = []} = answer;
    this.title = `Kapasitetsmøte ${longDay(heldAt)} – ${recipientName(`h:${answer.hospital}`)}`;
    setText(this.heading, this.title);
    this.said = h('p', {class: 'error', role: 'alert'});
    this.pdf = h('button', {type: 'button', onclick: () => this.download(heldAt)}, 'Last ned som PDF');
    const corrected = `${plural(corrections.length, 'tall er', 'tall er')} kjent annerledes i dag om det samme øyeblikket. Det står ved siden av.`;
    const page = this.address(answer.summaryHtml, 'text/html; charset=utf-8');
    const section = (name, ...content) => h('section', null, h('h2', null, name), content);
    this.content.replaceChildren(h('div', null,
        h('p', {class: 'picture-as-of'}, `Holdt kl. ${clock(heldAt)}. Tallene er slik møtet så dem, per ${dayAndSeconds(picture.now)}.`),
        corrections.length > 0 ? h('p', {class: 'notice'}, corrected) : null,
        h('p', {class: 'buttons'}, h('a', {href: page, target: '_blank'}, 'Til utskrift'), this.pdf), this.said,
        section('Vedtak', decisionsView(meeting, answer.cards, 'Ingen vedtak.')), section('Til stede', this.present(meeting.attendance ?? [])),
        section('Bildet møtet hadde', pictureView(picture)),
        answer.previous ? section('Vedtak fra møtet før', decisionsView(answer.previous, answer.previousCards, 'Ingen vedtak.')) : null));
    document.title = `${this.title} – Overgang`;
  }

  present(attendance) {
    const line = (one) => `${one.role} (${recipientName(one.recipient)})`;
    const there = attendance.filter((one) => one.present).map(line);
    const absent = attendance.filter((one) => !one.present).map(line);
    return h('div', null, h('p', null, there.length > 0 ? there.join(', ') : 'Ikke skrevet ned.'),
        absent.length > 0 ? h('p', null, `Ikke til stede: ${absent.join(', ')}`) : null);
  }

  async download(heldAt) {
    setText(this.said, '');
    this.pdf.disabled = true;
    try {
      const {summaryPdf} = await call('EscalationService/GetMeeting', {meetingId: this.id, pdf: true});
      const name = `kapasitetsmote-${new Date(heldAt).toISOString().slice(0, 10)}.pdf`;
      h('a', {href: this.address(bytesOf(summaryPdf), 'application/pdf'), download: name}).click();
    } catch (error) {
      setText(this.said, error.code === undefined ? 'Huben laget ingen PDF.' : errorText(error));
    } finally {
      this.pdf.disabled = false;
    }
  }

  update() {}

  close() {
    this.urls.forEach((url) => URL.revokeObjectURL(url));
  }
}
