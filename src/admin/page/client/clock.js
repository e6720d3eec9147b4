import { setText } from "./dom.js";
import { duration } from "./text.js";

/** How far this machine's clock is ahead of init's. */
let aheadMs = 0;

export function setClock(now) {
  aheadMs = Date.now() - now;
}

export function initNow() {
  return Date.now() - aheadMs;
}

/** Writes the time that has passed since an instant of init's clock, and keeps it true. undefined: nothing. */
export function setSince(target, instant, before = "") {
  target.dataset.before = before;
  if (instant === undefined) {
    delete target.dataset.since;
    setText(target, "");
  } else {
    target.dataset.since = String(instant);
    write(target);
  }
}

function write(target) {
  setText(target, target.dataset.before + duration(initNow() - Number(target.dataset.since)));
}

export function keepTime() {
  setInterval(() => {
    if (document.hidden) return;
    for (const target of document.querySelectorAll("[data-since]")) write(target);
  }, 1000);
}
