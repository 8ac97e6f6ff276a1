// The capacity meeting of a hospital on a big screen: one picture that stands still until it is asked for anew, what the meeting
// before decided, and the form that holds the meeting on that picture.

import {h, setText} from './dom.js';
import {decisionsView} from './decisions_view.js';
import {recipientName} from './escalation.js';
import {ago, clock, dayAndSeconds, longDay} from './format.js';
import {errorText} from './hub.js';
import {secondsSince} from './board.js';
import {MeetingForm} from './meeting_form.js';
import {MeetingList} from './meeting_list.js';
import {readPicture} from './picture.js';
import {pictureView} from './picture_view.js';

export class Meeting {
  constructor(hospital) {
    this.hospital = hospital;
    this.heading = h('h1', {tabindex: '-1'});
    this.asOf = h('p', {class: 'picture-as-of'});
    this.button = h('button', {type: 'button', class: 'primary', onclick: () => this.load()}, 'Oppdater bildet');
    this.error = h('p', {class: 'error', role: 'alert'});
    this.place = h('div');
    this.before = h('div');
    this.formPlace = h('section', {hidden: true}, h('h2', null, 'Hold møtet'));
    this.list = new MeetingList(hospital);
    this.element = h('div', {class: 'meeting'}, h('p', {class: 'back'}, h('a', {href: '#/'}, 'Alle kommuner')),
        h('div', {class: 'meeting-head'}, this.heading, h('p', {class: 'buttons'}, this.button)), this.asOf, this.error, this.place,
        h('section', null, h('h2', null, 'Forrige møte'), this.before), this.formPlace,
        h('section', null, h('h2', null, 'Tidligere møter'), this.list.element));
    this.update();
    this.load();
  }

  get title() {
    return `Kapasitetsmøte – ${recipientName(`h:${this.hospital}`)}`;
  }

  // The page's own line of how fresh the live count is would contradict a picture that stands still.
  get standsStill() {
    return true;
  }

  async load() {
    setText(this.error, '');
    this.button.disabled = true;
    try {
      this.picture = await readPicture(this.hospital);
      this.place.replaceChildren(pictureView(this.picture));
      this.showBefore();
      if (!this.form) {
        this.form = new MeetingForm(this.hospital, () => this.picture, (id) => {
          location.hash = `#/mote/${this.hospital}/${id}`;
        });
        this.formPlace.append(this.form.element);
        this.formPlace.hidden = false;
      }
    } catch (error) {
      if (error.code === undefined) throw error;
      setText(this.error, `${error.code === 'permission_denied' ? 'Kapasitetsmøtet vises bare for sykehuset.' : errorText(error)}${
        this.picture ? ' Bildet er det forrige.' : ''}`);
    } finally {
      this.button.disabled = false;
      this.update();
    }
  }

  showBefore() {
    const {last} = this.picture;
    this.before.replaceChildren(...(last ? [h('p', {class: 'quiet'}, 'Holdt ', h('a', {href: `#/mote/${this.hospital}/${last.meeting.meetingId}`},
        `${longDay(last.heldAt)} kl. ${clock(last.heldAt)}`), '.'),
    decisionsView(last.meeting, last.cards, 'Ingen vedtak.')] : [h('p', {class: 'empty'}, 'Det er ikke holdt noe møte før.')]));
  }

  update() {
    setText(this.heading, this.title);
    const now = this.picture?.now;
    setText(this.asOf, now ? `Per ${dayAndSeconds(now)}, ${ago(Math.max(0, secondsSince(now)))}. Bildet står stille til det oppdateres.` :
      'Henter …');
  }

  close() {}
}
