import os from "node:os";

const numbers: Readonly<Record<string, number>> = os.constants.signals;

/** SIGIOT and SIGPOLL are second names of SIGABRT and SIGIO: the first name of a number is the one that we say. */
const names = new Map<number, string>();
for (const [name, number] of Object.entries(numbers)) if (!names.has(number)) names.set(number, name);

/** `SIGTERM` for 15. Real-time signals have no names in Node: `SIG34`. */
export function signalName(number: number): string {
  return names.get(number) ?? `SIG${number}`;
}

/** What a person writes, `hup`, `SIGHUP` or `1`, as Node's name for it. undefined: this system has no such signal. */
export function parseSignal(text: string): NodeJS.Signals | undefined {
  const upper = text.trim().toUpperCase();
  const number = /^\d+$/.test(upper) ? Number(upper) : numbers[upper.startsWith("SIG") ? upper : `SIG${upper}`];
  const name = number === undefined ? undefined : names.get(number);
  return name as NodeJS.Signals | undefined;
}

/** 15 for `SIGTERM`, 34 for `SIG34`: the way back from signalName(). */
export function signalNumber(name: string): number {
  return numbers[name] ?? Number(name.slice("SIG".length));
}
