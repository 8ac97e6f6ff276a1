// The first view: the count by kommune and by hospital, and how fresh each source is.

import {census, kommuneName, secondsSince, secondsSinceCensus} from './board.js';
import {h, setText} from './dom.js';
import {escalation, followEscalation} from './escalation.js';
import {NOTHING, ago, duration, number, percent, plural, seconds} from './format.js';
import {LevelView} from './level_view.js';
import {fylke} from './places.js';
import {sourceName} from './source_text.js';
import {Table} from './table.js';

const count = (field) => ({numeric: true, descending: true, text: (row) => number(row[field]), sort: (row) => row[field],
  tone: (row) => (row[field] === 0 ? 'zero' : '')});
const longest = (row) => (row.ukp > 0 ? seconds(row.longestUkp) + secondsSinceCensus() : 0);
const stateOf = (source) => (source.stale ? 'Foreldet' : 'I rute');
// A figure to look at twice is bold as well as coloured.
const warn = (field) => ({tone: (row) => (row[field] > 0 ? 'warn' : 'zero')});

const KOMMUNE_COLUMNS = [
  {label: 'Kommune', text: (row) => kommuneName(row.kommune), href: (row) => `#/kommune/${row.kommune}`},
  {label: 'Innlagte', ...count('inpatients')},
  {label: 'UKP', title: 'Utskrivningsklare pasienter nå', ...count('ukp'), tone: (row) => (row.ukp > 0 ? 'main' : 'zero')},
  {label: 'Over 24\u00a0t', title: 'Utskrivningsklare i mer enn 24 timer', ...count('ukpOver24h'), ...warn('ukpOver24h')},
  {label: 'Over 7\u00a0døgn', title: 'Utskrivningsklare i mer enn 7 døgn', ...count('ukpOver7Days'), ...warn('ukpOver7Days')},
  {label: 'Lengste ventetid', numeric: true, descending: true, sort: longest, quiet: true,
    text: (row) => (row.ukp > 0 ? duration(longest(row)) : NOTHING)},
  {label: 'Venter på svar', title: 'Utskrivningsklare som kommunen ikke har svart på', ...count('awaitingAnswer')},
  {label: 'Forventes ut 24\u00a0t', title: 'Forventes utskrevet innen 24 timer', ...count('expectedDischarges24h')},
  {label: 'Nye for kommunen', title: 'Innlagte uten tjenester fra kommunen før innleggelsen', ...count('newToKommune')},
  {label: 'Ledige plasser', title: 'I enheter som kommunen kan bruke; en delt plass står på flere kommuner',
    ...count('freePlaces')},
];
const ADDED = ['inpatients', 'ukp', 'ukpOver24h', 'ukpOver7Days', null, 'awaitingAnswer', 'expectedDischarges24h', 'newToKommune'];

const HOSPITAL_COLUMNS = [
  {label: 'Sykehus', text: (row) => row.name || row.hospital, href: (row) => `#/sykehus/${row.hospital}`},
  {label: 'Innlagte', ...count('inpatients')},
  {label: 'UKP', title: 'Utskrivningsklare pasienter nå', ...count('ukp'), tone: (row) => (row.ukp > 0 ? 'main' : 'zero')},
  {label: 'Over 24\u00a0t', title: 'Utskrivningsklare i mer enn 24 timer', ...count('ukpOver24h'), ...warn('ukpOver24h')},
  {label: 'Senger', title: 'Som meldt av sykehuset', numeric: true, descending: true, sort: (row) => row.beds,
    text: (row) => (row.beds > 0 ? number(row.beds) : NOTHING)},
  {label: 'Belegg', title: 'Belagte av tilgjengelige senger', numeric: true, descending: true, sort: (row) => row.occupancyPercent,
    // Where no bed is open there is no share of them, and the census says 0.
    text: (row) => (row.occupancyPercent > 0 ? percent(row.occupancyPercent) : NOTHING)},
  {label: 'Korridorpasienter', title: 'Innlagte som ligger på korridor, etter pasientsystemet (ADT)', ...count('corridor'), ...warn('corridor')},
  {label: 'Korridor, meldt', title: 'Pasienter på korridor, meldt av avdelingene', ...count('corridorReported'),
    text: (row) => (row.beds > 0 ? number(row.corridorReported) : NOTHING),
    tone: (row) => (row.beds > 0 && row.corridorReported > 0 ? 'warn' : 'zero')},
];

const SOURCE_COLUMNS = [
  {label: 'Kilde', text: (source) => sourceName(source.source)},
  {label: 'Sist', text: (source) => heardText(source), sort: (source) => Date.parse(source.lastHeardAt ?? 0), descending: true,
    quiet: true},
  {label: 'Tilstand', text: stateOf, tone: (source) => (source.stale ? 'warn' : '')},
  {label: 'Meldinger', numeric: true, descending: true, text: (source) => number(source.facts), sort: (source) => Number(source.facts),
    quiet: true},
];

const heardText = (source) => (source.lastHeardAt ? `hørt fra ${ago(Math.max(0, secondsSince(source.lastHeardAt)))}` : 'ikke hørt fra');

const TILES = [
  ['ukp', 'Utskrivningsklare nå'], ['ukpOver24h', 'Over 24 timer'], ['ukpOver7Days', 'Over 7 døgn'],
  ['awaitingAnswer', 'Venter på svar fra kommunen'], ['inpatients', 'Innlagte'],
];

const sum = (rows, field) => rows.reduce((total, row) => total + row[field], 0);

export class Overview {
  constructor() {
    this.title = 'Utskrivningsklare pasienter';
    this.filter = h('input', {type: 'search', id: 'filter', autocomplete: 'off', oninput: () => this.update()});
    this.found = h('p', {class: 'found', role: 'status'});
    this.tiles = new Map(TILES.map(([field]) => [field, h('dd', null, NOTHING)]));
    this.kommuner = new Table({caption: 'Kommuner', columns: KOMMUNE_COLUMNS, rowKey: (row) => row.kommune, sortBy: 2, descending: true,
      empty: 'Ingen kommuner å vise.'});
    this.hospitals = new Table({caption: 'Sykehus', columns: HOSPITAL_COLUMNS, rowKey: (row) => row.hospital,
      empty: 'Ingen sykehus å vise.'});
    this.sources = new Table({caption: 'Kilder', columns: SOURCE_COLUMNS, rowKey: (source) => source.source,
      empty: 'Ingen kilder er hørt fra ennå.'});
    this.levels = new Map();
    this.levelList = h('div', {class: 'levels'});
    this.levelSection = h('section', {hidden: true}, h('h2', null, 'Nivå'), this.levelList);
    this.element = h('div', null,
        h('h1', {tabindex: '-1'}, this.title),
        h('dl', {class: 'tiles'}, TILES.map(([field, label]) => h('div', {class: field}, h('dt', null, label), this.tiles.get(field)))),
        this.levelSection,
        h('section', null,
            h('div', {class: 'section-head'}, h('h2', null, 'Kommuner'),
                h('div', {class: 'find'}, h('label', {for: 'filter'}, 'Finn kommune eller fylke'), this.filter), this.found),
            this.kommuner.element),
        h('section', null, h('h2', null, 'Sykehus'), this.hospitals.element),
        h('section', null, h('h2', null, 'Kilder'), this.sources.element));
    this.stop = followEscalation(() => this.showLevels());
    this.update();
  }

  update() {
    this.showLevels();
    const all = census.kommuner();
    const wanted = this.filter.value.trim().toLocaleLowerCase('nb');
    const rows = all.filter((row) => `${kommuneName(row.kommune)} ${row.kommune} ${fylke(row.kommune)}`.toLocaleLowerCase('nb').includes(wanted));
    for (const [field, tile] of this.tiles) setText(tile, census.known() ? number(sum(all, field)) : NOTHING);
    this.kommuner.update(rows);
    this.kommuner.sums(['Sum', ...ADDED.map((field) => (field ? number(sum(rows, field)) : NOTHING)), NOTHING]);
    setText(this.found, wanted ? `Viser ${number(rows.length)} av ${plural(all.length, 'kommune', 'kommuner')}` : '');
    this.hospitals.update(census.hospitals());
    this.sources.update(census.asOf()?.sources ?? []);
  }

  // Hospitals first, then regions, as the hub has them.
  showLevels() {
    const levels = escalation.levels();
    this.levelSection.hidden = levels.length === 0;
    for (const level of levels) {
      const known = this.levels.get(level.scope);
      if (known) {
        known.update(level);
        continue;
      }
      const view = new LevelView(level);
      this.levels.set(level.scope, view);
      this.levelList.append(view.element);
    }
  }

  close() {
    this.stop();
  }
}
