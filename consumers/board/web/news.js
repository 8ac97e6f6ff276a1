// Says what is new to those who do not see the page change.

import {setText} from './dom.js';

const SAID_MS = 15000;   // Then it is gone, so that the same news can be said again.

let clear = 0;

export function announce(text) {
  const element = document.getElementById('news');
  setText(element, element.textContent ? `${element.textContent} ${text}` : text);
  clearTimeout(clear);
  clear = setTimeout(() => setText(element, ''), SAID_MS);
}
