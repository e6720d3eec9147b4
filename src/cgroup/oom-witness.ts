import type { OomCounts } from "./oom-kills.ts";

/** What the kernel counted: shown in the words of its own files. */
export type OomSign = "cgroup oom_kill" | "cgroup oom_group_kill";

/** A death is noticed within milliseconds of the kill; what nobody died of by then was somebody else's. */
const memoryMs = 3_000;

/**
 * Tells whether a process that SIGKILL ended was killed by the OOM killer. The kernel counts a kill before its victim ends,
 * and names nobody: each kill explains one death, the first that is asked about.
 */
export class OomWitness {
  readonly #read: () => OomCounts | undefined;
  #last: OomCounts;
  #unexplained = 0;
  #sign: OomSign = "cgroup oom_kill";
  #seenAt = -Infinity;

  constructor(read: () => OomCounts | undefined) {
    this.#read = read;
    this.#last = read() ?? { kills: 0, groupKills: 0 };
  }

  /** Asked once for each death by a SIGKILL that we did not send. undefined: it was somebody else's. */
  explain(now: number): OomSign | undefined {
    this.#look(now);
    if (this.#unexplained === 0) return undefined;
    this.#unexplained -= 1;
    return this.#sign;
  }

  /** Now and then: how many kills were of no process that we were asked about. */
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
