import type { ExitStatus } from "../state/event.ts";

const rememberedAtMost = 1_000;

/** The exit statuses of processes that init reaped without knowing them: a template may report one as its worker later. */
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
