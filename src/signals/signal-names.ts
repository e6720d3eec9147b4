import os from "node:os";

const numbers: Readonly<Record<string, number>> = os.constants.signals;

/** SIGIOT and SIGPOLL are aliases of SIGABRT and SIGIO. forker prints the first name of each number. */
const names = new Map<number, string>();
for (const [name, number] of Object.entries(numbers)) if (!names.has(number)) names.set(number, name);

/** `SIGTERM` for 15. Node has no names for real-time signals: `SIG34`. */
export function signalName(number: number): string {
  return names.get(number) ?? `SIG${number}`;
}

/** Parses what a user writes, `hup`, `SIGHUP` or `1`, into Node's name. undefined: this system does not have the signal. */
export function parseSignal(text: string): NodeJS.Signals | undefined {
  const upper = text.trim().toUpperCase();
  const number = /^\d+$/.test(upper) ? Number(upper) : numbers[upper.startsWith("SIG") ? upper : `SIG${upper}`];
  const name = number === undefined ? undefined : names.get(number);
  return name as NodeJS.Signals | undefined;
}

/** 15 for `SIGTERM`, 34 for `SIG34`: the inverse of signalName(). */
export function signalNumber(name: string): number {
  return numbers[name] ?? Number(name.slice("SIG".length));
}
