import os from "node:os";
import { parseSignal as nameOf } from "../signals/signal-names.ts";
import { didYouMean } from "./nearest.ts";

type Parsed =
  | { readonly signal: NodeJS.Signals; readonly problem?: never }
  | { readonly signal?: never; readonly problem: string };

/** The kernel ends or stops a process on these without running its code, so a supervisor cannot forward them. */
const beyondControl = new Set(["SIGKILL", "SIGSTOP"]);

/** `HUP`, `SIGHUP`, `hup` or `1`: as the kill commands of docker and procps accept them. */
export function parseSignalArgument(word: string | undefined): Parsed {
  const expected = "expected the name of a signal, such as QUIT, TERM, HUP, USR1, USR2 or CONT";
  if (word === undefined) return { problem: `${expected}, got none` };
  const signal = nameOf(word);
  if (signal === undefined) {
    const short = Object.keys(os.constants.signals).map((name) => name.replace(/^SIG/, ""));
    const meant = didYouMean(word.toUpperCase().replace(/^SIG/, ""), short);
    return { problem: `${expected}, got ${JSON.stringify(word)}${meant}` };
  }
  if (beyondControl.has(signal))
    return { problem: `${expected}, got ${signal}, which no process can act on; use kill` };
  return { signal };
}
