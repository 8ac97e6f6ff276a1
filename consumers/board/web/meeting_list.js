// The meetings that a hospital has held, newest first.

import {h, setText} from './dom.js';
import {clock, longDay, plural} from './format.js';
import {call, errorText} from './hub.js';

export class MeetingList {
  constructor(hospital) {
    this.hospital = hospital;
    this.token = '';
    this.list = h('ul', {class: 'meetings'});
    this.said = h('p', {class: 'quiet', role: 'status'}, 'Henter …');
    this.more = h('button', {type: 'button', hidden: true, onclick: () => this.load()}, 'Vis flere');
    this.element = h('div', null, this.list, this.said, h('p', {class: 'buttons'}, this.more));
    this.load();
  }

  async load() {
    this.more.disabled = true;
    try {
      const answer = await call('EscalationService/ListMeetings', {hospital: this.hospital, pageToken: this.token});
      this.token = answer.nextPageToken ?? '';
      this.list.append(...(answer.meetings ?? []).map((meeting) => h('li', null,
          h('a', {href: `#/mote/${this.hospital}/${meeting.meetingId}`}, `${longDay(meeting.heldAt)} kl. ${clock(meeting.heldAt)}`),
          ` – ${plural(meeting.decisions, 'vedtak', 'vedtak')}`)));
      setText(this.said, this.list.firstChild ? '' : 'Ingen møter er holdt.');
      this.more.hidden = this.token === '';
    } catch (error) {
      setText(this.said, errorText(error));
    } finally {
      this.more.disabled = false;
    }
  }
}
