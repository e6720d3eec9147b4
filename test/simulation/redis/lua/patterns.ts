import { LuaError, type LuaValue } from "./values.ts";

export interface Match {
  readonly start: number;
  readonly end: number;
  readonly captures: LuaValue[];
}

interface Capture {
  readonly start: number;
  /** -1: the capture is open. */
  end: number;
  readonly isPosition: boolean;
}

/** Finds the first match of a Lua pattern at or after `from`. Positions count from 0. */
export function findPattern(text: string, pattern: string, from: number): Match | undefined {
  const isAnchored = pattern.startsWith("^");
  for (let start = from; start <= text.length; start++) {
    const matcher = new Matcher(text, pattern);
    const end = matcher.match(start, isAnchored ? 1 : 0);
    if (end >= 0) return { start, end, captures: matcher.results() };
    if (isAnchored) break;
  }
  return undefined;
}

class Matcher {
  readonly #text: string;
  readonly #pattern: string;
  readonly #captures: Capture[] = [];

  constructor(text: string, pattern: string) {
    this.#text = text;
    this.#pattern = pattern;
  }

  results(): LuaValue[] {
    return this.#captures.map(({ start, end, isPosition }) => {
      if (end < 0) throw new LuaError("unfinished capture");
      return isPosition ? start + 1 : this.#text.slice(start, end);
    });
  }

  /** Returns the end of the match of the pattern from `p` on at `s`, or -1. */
  match(s: number, p: number): number {
    const [text, pattern] = [this.#text, this.#pattern];
    if (p === pattern.length) return s;
    const character = pattern[p];
    if (character === "(") {
      const isPosition = pattern[p + 1] === ")";
      return this.#open({ start: s, end: isPosition ? s : -1, isPosition }, s, p + (isPosition ? 2 : 1));
    }
    if (character === ")") return this.#close(s, p + 1);
    if (character === "$" && p + 1 === pattern.length) return s === text.length ? s : -1;
    if (character === "%" && pattern[p + 1] === "b") return this.#balance(s, p);
    if (character === "%" && /[0-9]/.test(pattern[p + 1] ?? "")) return this.#again(s, p);
    const next = itemEnd(pattern, p);
    switch (pattern[next] ?? "") {
      case "*":
        return this.#longest(s, p, next, 0);
      case "+":
        return this.#longest(s, p, next, 1);
      case "-":
        return this.#shortest(s, p, next);
      case "?": {
        const end = this.#matchesOne(s, p, next) ? this.match(s + 1, next + 1) : -1;
        return end >= 0 ? end : this.match(s, next + 1);
      }
      default:
        return this.#matchesOne(s, p, next) ? this.match(s + 1, next) : -1;
    }
  }

  #matchesOne(s: number, p: number, next: number): boolean {
    return s < this.#text.length && itemMatches(this.#text[s] as string, this.#pattern.slice(p, next));
  }

  #longest(s: number, p: number, next: number, minimum: number): number {
    let count = 0;
    while (this.#matchesOne(s + count, p, next)) count++;
    for (; count >= minimum; count--) {
      const end = this.match(s + count, next + 1);
      if (end >= 0) return end;
    }
    return -1;
  }

  #shortest(s: number, p: number, next: number): number {
    for (let at = s; ; at++) {
      const end = this.match(at, next + 1);
      if (end >= 0) return end;
      if (!this.#matchesOne(at, p, next)) return -1;
    }
  }

  #open(capture: Capture, s: number, p: number): number {
    this.#captures.push(capture);
    const end = this.match(s, p);
    if (end < 0) this.#captures.pop();
    return end;
  }

  #close(s: number, p: number): number {
    const capture = this.#captures.findLast(({ end }) => end === -1);
    if (capture === undefined) throw new LuaError("invalid pattern capture");
    capture.end = s;
    const end = this.match(s, p);
    if (end < 0) capture.end = -1;
    return end;
  }

  #balance(s: number, p: number): number {
    const [open, close] = [this.#pattern[p + 2], this.#pattern[p + 3]];
    if (this.#text[s] !== open) return -1;
    let depth = 1;
    for (let at = s + 1; at < this.#text.length; at++) {
      if (this.#text[at] === close && --depth === 0) return this.match(at + 1, p + 4);
      if (this.#text[at] === open && open !== close) depth++;
    }
    return -1;
  }

  #again(s: number, p: number): number {
    const capture = this.#captures[Number(this.#pattern[p + 1]) - 1];
    if (capture === undefined || capture.end < 0) throw new LuaError("invalid capture index");
    const text = this.#text.slice(capture.start, capture.end);
    return this.#text.startsWith(text, s) ? this.match(s + text.length, p + 2) : -1;
  }
}

/** The end of a single item: a character, a class or a set. */
function itemEnd(pattern: string, p: number): number {
  if (pattern[p] === "%") {
    if (p + 1 >= pattern.length) throw new LuaError("malformed pattern (ends with '%')");
    return p + 2;
  }
  if (pattern[p] !== "[") return p + 1;
  let at = p + (pattern[p + 1] === "^" ? 2 : 1);
  do {
    if (at >= pattern.length) throw new LuaError("malformed pattern (missing ']')");
    at += pattern[at] === "%" ? 2 : 1;
  } while (pattern[at] !== "]");
  return at + 1;
}

function itemMatches(character: string, item: string): boolean {
  if (item[0] === ".") return true;
  if (item[0] === "%") return inClass(character, item[1] ?? "");
  if (item[0] === "[") return inSet(character, item.slice(1, -1));
  return character === item;
}

function inSet(character: string, set: string): boolean {
  const isNegated = set.startsWith("^");
  for (let at = isNegated ? 1 : 0; at < set.length; at++) {
    if (set[at] === "%") {
      if (inClass(character, set[++at] ?? "")) return !isNegated;
    } else if (set[at + 1] === "-" && at + 2 < set.length) {
      if (character >= (set[at] ?? "") && character <= (set[at + 2] ?? "")) return !isNegated;
      at += 2;
    } else if (set[at] === character) return !isNegated;
  }
  return isNegated;
}

const classes: Readonly<Record<string, RegExp>> = {
  a: /[A-Za-z]/,
  // oxlint-disable-next-line no-control-regex -- Lua's %c is the control characters
  c: /[\0-\x1f\x7f]/,
  d: /[0-9]/,
  l: /[a-z]/,
  p: /[!-/:-@[-`{-~]/,
  s: /[\t-\r ]/,
  u: /[A-Z]/,
  w: /[A-Za-z0-9]/,
  x: /[A-Fa-f0-9]/,
  z: /\0/,
};

function inClass(character: string, name: string): boolean {
  const known = classes[name.toLowerCase()];
  if (known === undefined) return name === character;
  return known.test(character) === (name === name.toLowerCase());
}
