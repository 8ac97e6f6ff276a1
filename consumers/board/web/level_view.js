// The level of one hospital or region: the word, for how long, why, who decided; and setting it by hand.

import {h, setText} from './dom.js';
import {escalation} from './escalation.js';
import {plural} from './format.js';
import {decidedText, levelMark, levelName, othersOf, reasonsOf, sinceText, unknownsOf} from './levels.js';
import {OverrideForms} from './override.js';

function list(texts, tone) {
  return texts.length > 0 ? h('ul', {class: 'reasons', 'data-tone': tone}, texts.map((text) => h('li', null, text))) : null;
}

// What the level rests on, as it is shown here, in the meeting, and of a meeting held.
export function whyOf(level) {
  const reasons = reasonsOf(level);
  const others = othersOf(level);
  const withheld = level.valuesWithheld ? h('p', {class: 'quiet'}, 'Tallene bak nivået vises bare for sykehuset.') : null;
  return [list(reasons, 'reason'), list(unknownsOf(level), 'unknown'), withheld,
    others.length > 0 ? h('details', null, h('summary', null, 'Andre tall som måles'), list(others, 'other')) : null];
}

export class LevelView {
  constructor(level) {
    this.scope = level.scope;
    this.name = h('h3');
    this.mark = h('p', {class: 'level-line'});
    this.decided = h('p', {class: 'decided'});
    this.why = h('div');
    this.links = h('p', {class: 'links'});
    this.forms = new OverrideForms(level.scope);
    this.element = h('article', {class: 'level-box'}, this.name, this.mark, this.decided, this.why, this.links, this.forms.element);
    this.update(level);
  }

  update(level) {
    setText(this.name, level.name || level.scope.slice(2));
    this.element.dataset.level = levelName(level.level).toLowerCase();
    const since = sinceText(level);
    const line = `${level.level} ${since} ${level.uncertain}`;
    if (this.line !== line) {
      this.line = line;
      this.mark.replaceChildren(levelMark(level.level), since ? ` ${since}` : '',
          level.uncertain ? h('span', {class: 'uncertain'}, 'Usikkert: noe er ukjent') : '');
    }
    setText(this.decided, decidedText(level));
    this.decided.hidden = this.decided.textContent === '';
    this.showWhy(level);
    this.showLinks(level);
    this.forms.update(level);
  }

  showWhy(level) {
    const text = JSON.stringify([reasonsOf(level), unknownsOf(level), othersOf(level), level.valuesWithheld]);
    if (this.whyShown === text) return;
    this.whyShown = text;
    const open = this.why.querySelector('details')?.open;
    this.why.replaceChildren(...whyOf(level).filter(Boolean));
    const details = this.why.querySelector('details');
    if (details && open) details.open = true;
  }

  showLinks(level) {
    if (!level.hospital) return;
    const count = escalation.openCards().filter((card) => card.hospital === level.hospital).length;
    const text = `${count} ${level.valuesWithheld}`;
    if (this.linksShown === text) return;
    this.linksShown = text;
    this.links.replaceChildren(h('a', {href: level.valuesWithheld ? '#/tiltakskort' : `#/tiltakskort/h:${level.hospital}`},
        count === 0 ? 'Ingen åpne tiltakskort' : plural(count, 'åpent tiltakskort', 'åpne tiltakskort')),
    ...(level.valuesWithheld ? [] : [h('a', {href: `#/mote/${level.hospital}`}, 'Kapasitetsmøte')]));
  }
}
