// Makes elements. Text always goes in as text, never as markup.

// h('a', {href: '#/', class: 'x', onclick: f}, 'text', node, null)
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// Changes only what differs, so that a screen reader is not told the same thing again.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Map.groupBy, which browsers have since 2023 or 2024 only.
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}
