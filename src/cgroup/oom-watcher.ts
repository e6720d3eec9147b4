import type { OomCounts } from "./oom-kills.ts";

/** The kernel's counter, named as in its files. */
export type OomSign = "cgroup oom_kill" | "cgroup oom_group_kill";

/** init notices a death within milliseconds of the kill. A kill that explains no death within this time hit another process. */
const memoryMs = 3_000;

/**
 * Decides whether the OOM killer killed a process that died of SIGKILL. The kernel counts a kill before the victim ends, and
 * does not name the victim. Each kill therefore explains one death: the first that init asks about.
 */
export class OomWatcher {
  readonly #read: () => OomCounts | undefined;
  #last: OomCounts;
  #unexplained = 0;
  #sign: OomSign = "cgroup oom_kill";
  #seenAt = -Infinity;

  constructor(read: () => OomCounts | undefined) {
    this.#read = read;
    this.#last = read() ?? { kills: 0, groupKills: 0 };
  }

  /** Called once for each death by a SIGKILL that init did not send. undefined: the OOM killer did not send it either. */
  explain(now: number): OomSign | undefined {
    this.#look(now);
    if (this.#unexplained === 0) return undefined;
    this.#unexplained -= 1;
    return this.#sign;
  }

  /** Called periodically. Returns how many kills hit processes that are not init's children. */
  strangers(now: number): number {
    this.#look(now);
    if (this.#unexplained === 0 || now - this.#seenAt < memoryMs) return 0;
    const strangers = this.#unexplained;
    this.#unexplained = 0;
    return strangers;
  }

  #look(now: number): void {
    const counts = this.#read();
    if (counts === undefined) return;
    const more = counts.kills - this.#last.kills;
    if (more > 0) {
      this.#unexplained += more;
      this.#sign = counts.groupKills > this.#last.groupKills ? "cgroup oom_group_kill" : "cgroup oom_kill";
      this.#seenAt = now;
    }
    this.#last = counts;
  }
}
