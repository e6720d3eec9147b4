import type { ScriptCommand } from "./script-command.ts";

interface Answer {
  readonly command: ScriptCommand;
  readonly reply: unknown;
}

/**
 * Settles the commands whose replies arrive together one after another. What waits for one of them goes on, and writes its next
 * command, before the next one is settled. If all were settled at once, their jobs would advance side by side, promise by promise,
 * and all write their commands at the end, until which Redis would have nothing to do.
 */
export class SettleInTurn {
  #answers: Answer[] = [];
  #isScheduled = false;

  add(command: ScriptCommand, reply: unknown): void {
    this.#answers.push({ command, reply });
  }

  /** Settles the first of them now. */
  begin(): void {
    if (!this.#isScheduled) this.#settleFirst();
  }

  /** Settles all of them now. */
  finish(): void {
    for (const { command, reply } of this.#answers.splice(0)) command.answer(reply);
  }

  readonly #settleFirst = (): void => {
    const answer = this.#answers.shift();
    this.#isScheduled = this.#answers.length > 0;
    // Node calls a tick's function when no microtask is left, but one tick right after another: the next tick may begin only later.
    if (this.#isScheduled) queueMicrotask(this.#scheduleNext);
    answer?.command.answer(answer.reply);
  };

  readonly #scheduleNext = (): void => process.nextTick(this.#settleFirst);
}
