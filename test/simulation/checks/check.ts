import type { Container } from "../models/container.ts";

/** What init has logged. */
export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** One thing that must hold in every world. Each method may throw a Violation. */
export interface Check {
  /** init's loop has turned. */
  turned?(): void;
  /** Once a second. */
  everySecond?(): void;
  logged?(line: LogLine): void;
  /** The world has been calm for long enough. */
  judged?(): void;
  /** init exits. */
  exited?(exit: string): void;
}

export type CheckOf = (container: Container) => Check;

/** An invariant does not hold. */
export class Violation extends Error {}

export function require(holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(what());
}

/** The first that is as asked for. Without a copy of all of them: there may be hundreds, and most checks look every second. */
export function firstOf<One>(all: Iterable<One>, isIt: (one: One) => boolean): One | undefined {
  for (const one of all) if (isIt(one)) return one;
  return undefined;
}
