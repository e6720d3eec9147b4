import type { ExitStatus } from "../state/event.ts";

const rememberedAtMost = 1_000;

/** How processes ended that init did not know when it reaped them: a template may name one as its worker only later. */
export class Strangers {
  readonly #statuses = new Map<number, ExitStatus>();

  add(pid: number, status: ExitStatus): void {
    this.#statuses.set(pid, status);
    const [oldest] = this.#statuses.keys();
    if (this.#statuses.size > rememberedAtMost && oldest !== undefined) this.#statuses.delete(oldest);
  }

  take(pid: number): ExitStatus | undefined {
    const status = this.#statuses.get(pid);
    this.#statuses.delete(pid);
    return status;
  }
}
