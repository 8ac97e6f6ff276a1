// Forms of the page: a label with its field, and one way to send, wait and tell what went wrong.

import {h, setText} from './dom.js';

let count = 0;

export function field(label, input, hint = '') {
  input.id ||= `felt-${++count}`;
  const note = hint ? h('small', {id: `${input.id}-hint`}, hint) : null;
  if (note) input.setAttribute('aria-describedby', note.id);
  return h('div', {class: 'field'}, h('label', {for: input.id}, label), note, input);
}

// A form that is disabled while what it sends is under way. `send` throws what `refused` turns into words.
export class Form {
  constructor({label, fields, submit, onCancel, send, refused}) {
    Object.assign(this, {send, refused});
    this.error = h('p', {class: 'error', role: 'alert'});
    this.button = h('button', {type: 'submit', class: 'primary'}, submit);
    this.fields = h('fieldset', null, h('legend', null, label), fields,
        h('div', {class: 'buttons'}, this.button, onCancel ? h('button', {type: 'button', onclick: onCancel}, 'Avbryt') : null));
    this.element = h('form', {class: 'command', onsubmit: (event) => this.submitted(event)}, this.fields, this.error);
  }

  async submitted(event) {
    event.preventDefault();
    if (this.fields.disabled) return;
    setText(this.error, '');
    this.fields.disabled = true;
    this.element.setAttribute('aria-busy', 'true');
    try {
      await this.send();   // Whatever it throws, also before it waits.
    } catch (error) {
      setText(this.error, await this.refused(error));
    } finally {
      this.fields.disabled = false;
      this.element.removeAttribute('aria-busy');
      // A disabled form has lost the focus; of its buttons the one that sends may be disabled still.
      if (this.error.textContent && this.element.isConnected) this.fields.querySelector('.buttons button:enabled')?.focus();
    }
  }

  get isSending() {
    return this.fields.disabled;
  }

  focus() {
    this.fields.querySelector('input, select, textarea, button')?.focus();
  }
}

// In characters, as the hub counts them: code points, of which some are two units of JavaScript's.
export const tooLong = (text, charsMax) => [...text].length > charsMax;
