import type { Container } from "../models/container.ts";
import { checksOf } from "./all-checks.ts";
import { type Check, type LogLine, Violation } from "./check.ts";

/** Runs the checks of a world, and keeps the first violation. */
export class Judge {
  #checks: readonly Check[] = [];
  violation: string | undefined;

  /** Before that, nothing is checked. */
  begin(container: Container): void {
    this.#checks = checksOf(container);
  }

  turned(): void {
    this.guard(() => this.#checks.forEach((check) => check.turned?.()));
  }

  everySecond(): void {
    this.guard(() => this.#checks.forEach((check) => check.everySecond?.()));
  }

  logged(line: LogLine): void {
    this.guard(() => this.#checks.forEach((check) => check.logged?.(line)));
  }

  exited(exit: string): void {
    this.guard(() => this.#checks.forEach((check) => check.exited?.(exit)));
  }

  /** Returns why the world is not as it should be at rest. */
  judged(): Violation | undefined {
    try {
      for (const check of this.#checks) check.judged?.();
      return undefined;
    } catch (cause) {
      if (cause instanceof Violation) return cause;
      throw cause;
    }
  }

  /** A fault in a check, or in the simulation, is a violation too. undefined: there is one. */
  guard<Result>(step: () => Result): Result | undefined {
    if (this.violation !== undefined) return undefined;
    try {
      return step();
    } catch (cause) {
      this.violated(cause);
      return undefined;
    }
  }

  violated(cause: unknown): void {
    this.violation ??=
      cause instanceof Violation ? cause.message : `the simulation failed: ${(cause as Error).stack ?? String(cause)}`;
  }
}
