import type { Logger } from "pino";
import type { OomWatcher } from "../../cgroup/oom-watcher.ts";
import type { PidsWatcher } from "../../cgroup/pids-watcher.ts";

const lookEveryMs = 1_000;
/** Refusals are logged at most this often, because an application may retry without end. */
const refusalQuietMs = 60_000;

/** Logs what the kernel refused or killed besides init's children: a thread of a worker, or a process that a job started. */
export class LimitsWatch {
  readonly #oomWatcher: OomWatcher | undefined;
  readonly #pidsWatcher: PidsWatcher;
  readonly #log: Logger;
  #lookAt = -Infinity;
  #refusalToldAt = -Infinity;

  constructor(oomWatcher: OomWatcher | undefined, pidsWatcher: PidsWatcher, log: Logger) {
    this.#oomWatcher = oomWatcher;
    this.#pidsWatcher = pidsWatcher;
    this.#log = log;
  }

  look(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = now + lookEveryMs;
    const strangers = this.#oomWatcher?.strangers(now) ?? 0;
    if (strangers > 0)
      this.#log.warn(
        { processes: strangers, counter: "cgroup oom_kill" },
        "OOM killer killed processes that forker did not start",
      );
    if (!this.#pidsWatcher.look(now) || now < this.#refusalToldAt + refusalQuietMs) return;
    this.#refusalToldAt = now;
    this.#log.warn({ cause: this.#pidsWatcher.refused(now) }, "kernel refused a process or thread");
  }
}
