import os from "node:os";
import { didYouMean } from "./nearest.ts";

type Parsed =
  | { readonly signal: NodeJS.Signals; readonly problem?: never }
  | { readonly signal?: never; readonly problem: string };

/** The kernel ends or stops a process by these without asking it, so a supervisor cannot pass them on. */
const beyondControl = new Set(["SIGKILL", "SIGSTOP"]);

/** `HUP`, `SIGHUP`, `hup` or `1`: as docker's and procps' kill take them. */
export function parseSignal(word: string | undefined): Parsed {
  const { signals } = os.constants;
  const expected = "expected the name of a signal, such as QUIT, TERM, HUP, USR1, USR2 or CONT";
  if (word === undefined) return { problem: `${expected}, got none` };
  const upper = word.toUpperCase();
  const name = /^\d+$/.test(word)
    ? Object.keys(signals).find((candidate) => signals[candidate as NodeJS.Signals] === Number(word))
    : `SIG${upper.replace(/^SIG/, "")}`;
  if (name === undefined || !Object.hasOwn(signals, name)) {
    const short = Object.keys(signals).map((candidate) => candidate.replace(/^SIG/, ""));
    return { problem: `${expected}, got ${JSON.stringify(word)}${didYouMean(upper.replace(/^SIG/, ""), short)}` };
  }
  if (beyondControl.has(name)) return { problem: `${expected}, got ${name}, which no process can act on; use kill` };
  return { signal: name as NodeJS.Signals };
}
