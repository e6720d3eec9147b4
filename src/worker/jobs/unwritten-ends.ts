import { errorOf } from "../../bull/worker/error-of.ts";
import type { HeldJobName } from "../../protocol/dead-worker.ts";
import { fitId, fitText } from "../../protocol/fit.ts";
import type { JobName } from "../../protocol/messages.ts";
import { longestUnwrittenEnds, type UnwrittenEnd } from "../../protocol/unwritten-end.ts";
import { type Outcome } from "./outcome.ts";

type Attempt = Pick<UnwrittenEnd, "queue" | "id" | "starts" | "ends" | "stacks">;

/** Ends that this worker could not write. Those that fit are passed on in the exit report; the other jobs run again. */
export class UnwrittenEnds {
  readonly fitting: UnwrittenEnd[] = [];
  readonly tooLarge: JobName[] = [];
  #charactersLeft: number;

  constructor(charactersAtMost = longestUnwrittenEnds) {
    this.#charactersLeft = charactersAtMost;
  }

  /** Adds the whole id to the name of a lost job, if messages shorten it and there is room. */
  withLongId(name: HeldJobName): HeldJobName {
    const { id } = name;
    const characters = JSON.stringify(id).length;
    if (fitId(id) === id || characters > this.#charactersLeft) return name;
    this.#charactersLeft -= characters;
    return { ...name, longId: id };
  }

  remove({ queue, id }: JobName): void {
    const isIt = (one: JobName) => one.queue === queue && one.id === id;
    const fitting = this.fitting.findIndex(isIt);
    if (fitting >= 0) for (const end of this.fitting.splice(fitting, 1)) this.#charactersLeft += charactersOf(end);
    const tooLarge = this.tooLarge.findIndex(isIt);
    if (tooLarge >= 0) this.tooLarge.splice(tooLarge, 1);
  }

  add(attempt: Attempt, outcome: Outcome): void {
    const end: UnwrittenEnd = { outcome: "unwritten", ...attempt, ...endOf(outcome) };
    // A result is JSON within JSON: each quotation mark counts twice.
    const isShort = (end.result?.length ?? 0) <= this.#charactersLeft;
    const characters = isShort ? charactersOf(end) : Infinity;
    if (characters > this.#charactersLeft) {
      this.tooLarge.push({ queue: attempt.queue, id: attempt.id });
      return;
    }
    this.#charactersLeft -= characters;
    this.fitting.push(end);
  }
}

function charactersOf(end: UnwrittenEnd): number {
  return JSON.stringify(end).length;
}

function endOf(outcome: Outcome): Pick<UnwrittenEnd, "result" | "failure"> {
  if ("failure" in outcome) return { failure: failureOf(outcome.failure, outcome.isFinal) };
  try {
    const result: string | undefined = JSON.stringify(outcome.result);
    return result === undefined ? {} : { result };
  } catch (cause) {
    // As in BullMQ, the job fails with this error.
    return { failure: failureOf(errorOf(cause), false) };
  }
}

interface Thrown {
  readonly name: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
}

/** The name, the message and the stack of a thrown value can be of any type. */
function failureOf({ name, message, stack }: Thrown, isFinal: boolean): NonNullable<UnwrittenEnd["failure"]> {
  const fit = (part: unknown) => fitText(String(part));
  return { name: fit(name), message: fit(message), ...(stack !== undefined && { stack: fit(stack) }), isFinal };
}
