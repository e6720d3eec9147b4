import { cpuCount } from "./cpu-quota.ts";
import { maximumDurationMs, parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import type { UserRequest } from "./settings.ts";
import { parseUserRequest } from "./user-request.ts";
import { parseWorkload } from "./workload-parser.ts";

/** What a parser has against a text. */
export class Refused {
  /** What to do about it; "" where the expectation says it all. */
  readonly advice: string;
  /** What to show for "got", where the text itself must not be shown. */
  readonly got: string | undefined;

  constructor(advice = "", got?: string) {
    this.advice = advice;
    this.got = got;
  }
}

/** The value of a variable's text, which is trimmed and not empty. May throw a ForkerError that says everything itself. */
export type Parser<Value> = (text: string) => Value | Refused;

export function duration({ minimumMs }: { readonly minimumMs: number }): Parser<number> {
  return (text) => {
    const durationMs = parseDuration(text);
    if (durationMs === undefined) return new Refused("units are ms, s, m and h; a plain number is seconds");
    if (durationMs > maximumDurationMs) return new Refused("the most is 24h");
    return durationMs < minimumMs ? new Refused() : durationMs;
  };
}

export function oneOf<Word extends string>(...words: readonly Word[]): Parser<Word> {
  return (text) => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    if (word !== undefined) return word;
    const meant = nearest(text, words);
    return new Refused(meant === undefined ? "" : `did you mean ${meant}?`);
  };
}

/** A URL may carry a password, so a wrong one is never shown beyond its scheme. */
export function redisUrl(text: string): string | Refused {
  if (text.startsWith("/") && !text.startsWith("//")) return text;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return new Refused("begin it with redis://", "a text without a scheme");
  if (scheme !== "redis" && scheme !== "rediss")
    return new Refused("write redis:// or rediss://", `a URL with the scheme ${scheme}`);
  const url = URL.parse(text);
  if (url === null || url.hostname === "")
    return new Refused("percent-encode what is special in a password", "a malformed URL");
  if (!/^\/?\d*$/.test(url.pathname))
    return new Refused("after the host comes a database's number, or nothing", "a path");
  return text;
}

export function user(text: string): UserRequest | Refused {
  return parseUserRequest(text) ?? new Refused();
}

export function prefix(text: string): string | Refused {
  return /\s/.test(text) ? new Refused() : text;
}

/** Kept as text, because only the machine that runs it knows what `xauto` is; known to be well-formed from here on. */
export function workload(text: string): string {
  parseWorkload(text, { cpus: cpuCount() });
  return text;
}

export function asItIs(text: string): string {
  return text;
}
