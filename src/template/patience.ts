import { readText } from "../cgroup/folders.ts";
import { isBusy, pressureText, processorPressure } from "../cgroup/processor-pressure.ts";

/** The machine alone does not delay so many forks in a row, unless the kernel says that it is busy. */
const lateInARow = 3;

/**
 * Judges forks that did not begin in time. A busy machine delays a fork and breaks nothing: init tries again after growing pauses,
 * from the same template. Another template would have to load the application first, on the same machine.
 */
export class Patience {
  readonly #pressure: () => number | undefined;
  #late = 0;

  constructor(pressure = () => processorPressure(readText)) {
    this.#pressure = pressure;
  }

  succeeded(): void {
    this.#late = 0;
  }

  late(): { readonly why: string; readonly isTooOften: boolean } {
    this.#late += 1;
    const pressure = this.#pressure();
    const known = pressureText(pressure);
    const why = `a process did not begin in time${known === undefined ? "" : `; ${known}`}`;
    return { why, isTooOften: this.#late >= lateInARow && !isBusy(pressure) };
  }
}
