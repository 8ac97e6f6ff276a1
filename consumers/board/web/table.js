// A table that can be sorted by any column and updated in place: rows keep their identity, and with it focus and
// selection. Rows do not move under a pointer or a focus; they take their places when it leaves.

import {h, setText} from './dom.js';

// Columns: {label, title?, numeric?, text(row), sort?(row), descending?, href?(row), note?(row), tone?(row)}.
// The first one heads the row. sort defaults to text; descending is the first direction of a click.
export class Table {
  constructor({caption, columns, rowKey, empty, sortBy = 0, descending = false}) {
    Object.assign(this, {columns, rowKey, sortBy, descending});
    this.rows = new Map();
    this.shown = [];
    this.heads = columns.map((column, index) => this.head(column, index));
    this.body = h('tbody');
    this.foot = h('tfoot');
    this.caption = h('caption', null, caption);
    this.table = h('table', null, this.caption, h('thead', null, h('tr', null, this.heads)), this.body, this.foot);
    this.empty = h('p', {class: 'empty', hidden: true}, empty);
    // Focusable, so that the keyboard can scroll it sideways.
    this.scroller = h('div', {class: 'scroller', tabindex: '0', role: 'region', 'aria-label': caption}, this.table);
    this.element = h('div', null, this.scroller, this.empty);
    this.showSorting();
  }

  head(column, index) {
    const button = h('button', {type: 'button', title: column.title, onclick: () => this.sort(index)}, column.label,
        h('span', {class: 'arrow', 'aria-hidden': 'true'}));
    return h('th', {scope: 'col', class: column.numeric ? 'number' : null}, button);
  }

  sort(index) {
    this.descending = this.sortBy === index ? !this.descending : Boolean(this.columns[index].descending);
    this.sortBy = index;
    this.showSorting();
    this.update(this.shown, true);
  }

  showSorting() {
    this.heads.forEach((head, index) => {
      if (index === this.sortBy) head.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
  }

  sorted(rows) {
    const column = this.columns[this.sortBy];
    const value = column.sort ?? column.text;
    const sign = this.descending ? -1 : 1;
    const name = this.columns[0].sort ?? this.columns[0].text;
    const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'nb'));
    return [...rows].sort((a, b) => sign * compare(value(a), value(b)) || compare(name(a), name(b)));
  }

  update(rows, reorder = false) {
    this.shown = rows;
    const held = this.body.matches(':hover') || this.body.contains(document.activeElement);
    const present = new Set(rows.map((row) => this.rowKey(row)));
    for (const [key, row] of this.rows) {
      if (present.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    const lines = this.sorted(rows).map((row) => {
      const known = this.rows.get(this.rowKey(row));
      const line = known ?? this.addRow(this.rowKey(row));
      this.columns.forEach((column, index) => this.fill(line.cells[index], column, row, Boolean(known)));
      return line;
    });
    if (reorder || !held) {
      if (lines.some((line, index) => this.body.rows[index] !== line)) this.body.append(...lines);
    } else {
      this.body.append(...lines.filter((line) => !line.isConnected));
    }
    this.empty.hidden = rows.length > 0;
    this.scroller.hidden = rows.length === 0;
  }

  addRow(key) {
    const line = h('tr', null, this.columns.map((column, index) => h(index === 0 ? 'th' : 'td', {
      scope: index === 0 ? 'row' : null, class: column.numeric ? 'number' : null})));
    this.rows.set(key, line);
    return line;
  }

  fill(cell, column, row, mark) {
    const text = column.text(row);
    const note = column.note?.(row) ?? '';
    const href = column.href?.(row) ?? '';
    const tone = column.tone?.(row) ?? '';
    const content = [text, note, href].join('\n');
    cell.dataset.tone = tone;
    if (cell.content === content) return;
    cell.content = content;
    if (href && cell.firstChild?.tagName === 'A') {
      setText(cell.firstChild, text);
      cell.firstChild.setAttribute('href', href);
      if (cell.lastChild !== cell.firstChild) cell.lastChild.remove();
    } else {
      cell.replaceChildren(href ? h('a', {href}, text) : text);
    }
    if (note) cell.append(h('small', null, note));
    if (!mark || column.quiet) return;
    cell.classList.remove('changed');
    requestAnimationFrame(() => cell.classList.add('changed'));
  }

  // One line of sums: a text for each column.
  sums(texts) {
    if (this.foot.firstChild === null) {
      this.foot.append(h('tr', null, this.columns.map((column, index) => h(index === 0 ? 'th' : 'td', {
        scope: index === 0 ? 'row' : null, class: column.numeric ? 'number' : null}))));
    }
    texts.forEach((text, index) => setText(this.foot.firstChild.cells[index], text));
  }
}
