import { shown } from "./text.js";

/** An element with properties and children. A string becomes text and is never parsed. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function drawing(name, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

/** A name from outside, kept apart from the direction of the text around it. */
export function raw(text, className = "raw") {
  return element("bdi", { class: className }, shown(text));
}

/** Changes the document only if the text differs, so that a screen reader reads only news. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function setTone(target, tone) {
  if (target.dataset.tone !== tone) target.dataset.tone = tone;
}

const rows = new WeakMap();

/**
 * Makes the children of `parent` those of `items`, in their order. Elements stay where they are if their item does, so that
 * the focus and a selection survive an update. `change` gets an element only if its item is another object.
 */
export function keep(parent, items, make, change) {
  const before = rows.get(parent) ?? new Map();
  const after = new Map();
  let next = parent.firstElementChild;
  for (const [key, item] of items) {
    const known = before.get(key);
    const child = known?.child ?? make(key);
    if (known?.item !== item) change(child, item, key);
    after.set(key, { child, item });
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  for (const [key, { child }] of before) if (!after.has(key)) child.remove();
  rows.set(parent, after);
}
