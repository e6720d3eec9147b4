import { isIP } from "node:net";
import { cpuCount } from "./cpu-quota.ts";
import { maximumDurationMs, parseDuration } from "./duration.ts";
import { type HttpAddress, parseHttpAddress } from "./http-address.ts";
import { parseMemory } from "./memory-size.ts";
import { nearest } from "./nearest.ts";
import { optionsOfRedisUrl } from "./redis-url.ts";
import { Refused } from "./refused.ts";
import type { UserRequest } from "./settings.ts";
import { parseTimeLimits, type TimeLimit } from "./time-limits.ts";
import { parseUserRequest } from "./user-request.ts";
import { nameProblem } from "./workload.ts";
import { parseWorkload } from "./workload-parser.ts";

/** Parses a variable's string, which is trimmed and not empty. May throw a ForkerError with a complete message. */
export type Parser<Value> = (text: string) => Value | Refused;

export function duration({ minimumMs }: { readonly minimumMs: number }): Parser<number> {
  return (text) => {
    const durationMs = parseDuration(text);
    if (durationMs === undefined) return new Refused("units are ms, s, m and h; a plain number is seconds");
    if (durationMs > maximumDurationMs) return new Refused("the maximum is 24h");
    return durationMs < minimumMs ? new Refused() : durationMs;
  };
}

export function durationOrNone(limits: { readonly minimumMs: number }): Parser<number> {
  const parse = duration(limits);
  return (text) => (/^0+$/.test(text) ? 0 : parse(text));
}

export function wholeNumber(text: string): number | Refused {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return value >= 1 ? value : new Refused();
}

export function wholeNumberUpTo(most: number): Parser<number> {
  return (text) => (/^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : new Refused());
}

export function yesOrNo(text: string): boolean | Refused {
  return text === "0" || text === "1" ? text === "1" : new Refused();
}

export function memory(text: string): number | Refused {
  const bytes = parseMemory(text, process.constrainedMemory());
  return typeof bytes === "number" ? bytes : new Refused(bytes);
}

/** setpriority(2) */
export function nice(text: string): number | Refused {
  return /^\d+$/.test(text) && Number(text) <= 19 ? Number(text) : new Refused();
}

export function oneOf<Word extends string>(...words: readonly Word[]): Parser<Word> {
  return (text) => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    if (word !== undefined) return word;
    const meant = nearest(text, words);
    return new Refused(meant === undefined ? "" : `did you mean ${meant}?`);
  };
}

/** Kept as a string: each process that connects parses it again. */
export function redisUrl(text: string): string | Refused {
  const options = optionsOfRedisUrl(text);
  return options instanceof Refused ? options : text;
}

export function user(text: string): UserRequest | Refused {
  return parseUserRequest(text) ?? new Refused();
}

export function httpAddress(text: string): HttpAddress | Refused {
  const advice =
    /[a-z]/i.test(text) && !text.includes("[") ? "localhost is the only name that works; use an IP address" : "";
  return parseHttpAddress(text) ?? new Refused(advice);
}

/** A name, `*.` and a name, or `*`. */
const hostPattern = /^(?:\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/;

export function hostNames(text: string): readonly string[] | Refused {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  if (names.some((name) => isIP(name.replace(/^\[|\]$/g, "")) !== 0))
    return new Refused("leave IP addresses out, which are always allowed");
  if (names.some((name) => /:\d+$/.test(name))) return new Refused("give names without a port");
  return names.every((name) => hostPattern.test(name)) ? names : new Refused();
}

export function queuePatterns(text: string): readonly string[] | Refused {
  const patterns = text.split(/[,\n]/).map((pattern) => pattern.trim());
  if (patterns.includes("")) return new Refused();
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) return new Refused("leave out a queue by not naming it: ! is not supported here");
    if (/\s/.test(pattern)) return new Refused("put a comma between two queues, and ? for a space in a name");
    const problem = nameProblem(pattern);
    if (problem !== undefined) return new Refused(`${JSON.stringify(pattern)} must be ${problem}`);
  }
  return patterns;
}

/** As RFC 6750 allows it in a header. The text is never repeated: it is a secret. */
export function token(text: string): string | Refused {
  if (/^[!-~]{16,512}$/.test(text)) return text;
  const why = /^[!-~]*$/.test(text) ? `${text.length} characters` : "other characters";
  return new Refused("", why);
}

export function prefix(text: string): string | Refused {
  return /\s/.test(text) ? new Refused() : text;
}

export function timeLimits(text: string): readonly TimeLimit[] | Refused {
  const limits = parseTimeLimits(text);
  return typeof limits === "string" ? new Refused("", limits) : limits;
}

/** Checked here, but kept as a string: only the machine that runs the workers knows the value of `xauto`. */
export function workload(text: string): string {
  parseWorkload(text, { cpus: cpuCount() });
  return text;
}

export function asItIs(text: string): string {
  return text;
}
