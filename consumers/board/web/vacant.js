// Roles that cards name and nobody holds: how many, and when it is opened a line for each with where.

import {learnKommuner} from './board.js';
import {groupBy, h, setText} from './dom.js';
import {kommunerAmong, recipientName} from './escalation.js';
import {plural} from './format.js';

const byName = (a, b) => a.localeCompare(b, 'nb');

// "i 12 kommuner", "ved 1 sykehus og i 12 kommuner"
function placesText(recipients) {
  const kommuner = kommunerAmong(recipients).length;
  const hospitals = recipients.length - kommuner;
  return [hospitals > 0 ? `ved ${plural(hospitals, 'sykehus', 'sykehus')}` : '', kommuner > 0 ? `i ${plural(kommuner, 'kommune', 'kommuner')}` : '']
      .filter(Boolean).join(' og ');
}

// Hospitals first.
function namesText(recipients) {
  const names = (kind) => recipients.filter((recipient) => recipient.startsWith(kind)).map(recipientName).sort(byName);
  return [...names('h:'), ...names('k:')].join(', ');
}

export class VacantRoles {
  constructor() {
    this.roles = [];
    this.summary = h('summary');
    this.list = h('ul');
    this.element = h('details', {class: 'vacant', hidden: true}, this.summary,
        h('p', null, 'Kortene går forbi roller som ingen har. Den som drifter Overgang, kan legge inn hvem som har dem.'), this.list);
  }

  // As ListTiltakskort has them: {recipient, role, name}.
  take(vacant) {
    this.recipients = [...new Set(vacant.map((one) => one.recipient))];
    this.roles = [...groupBy(vacant, (one) => one.role).values()].sort((a, b) => byName(a[0].name || a[0].role, b[0].name || b[0].role));
    learnKommuner(kommunerAmong(this.recipients));
  }

  update() {
    this.element.hidden = this.roles.length === 0;
    if (this.element.hidden) return;
    setText(this.summary, `${plural(this.roles.length, 'rolle', 'roller')} på kortene er det ingen som har, ${placesText(this.recipients)}`);
    const lines = this.roles.map((of) => [of[0].name || of[0].role, namesText(of.map((one) => one.recipient))]);
    const text = JSON.stringify(lines);
    if (this.shown === text) return;
    this.shown = text;
    this.list.replaceChildren(...lines.map(([role, names]) => h('li', null, h('strong', null, role), `: ${names}`)));
  }
}
