import type { Logger } from "pino";
import type { HeldLock, HeldLocks } from "../../bull/keys/held-locks.ts";
import type { Markers } from "../../bull/keys/markers.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { handBack } from "../../bull/worker/hand-back.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { jobText } from "../../text/printable.ts";
import type { Fetches } from "./fetches.ts";
import { type HeldJobs, nameOf } from "./held-jobs.ts";
import type { JobEnds } from "./job-ends.ts";

/** On a Cluster the connection to one node may be lost without our seeing it. */
const maximumHandBacks = 3;
const undeliveredMessage = `a worker took the job ${maximumHandBacks + 1} times and never received it, though no connection was lost`;

export interface UndeliveredJobsParts {
  readonly bull: Bull;
  readonly lockOwner: string;
  readonly held: HeldJobs;
  readonly ends: JobEnds;
  readonly locks: HeldLocks;
  readonly markers: Markers;
  readonly log: Logger;
  readonly fetches: Pick<Fetches, "has" | "size">;
}

/**
 * Jobs that are ours by Redis's account, and that we have never heard of: the connection broke after Redis had given them
 * and before its answer was here, and the command that was sent again was given another job, or refused. They are locked,
 * and the keeper renews the lock of whoever lives: nobody but us can know that nobody works on them.
 */
export class UndeliveredJobs {
  readonly #parts: UndeliveredJobsParts;
  /** How often a connection was lost while a job might have been on its way. */
  #losses = 0;
  #lossesLookedAt = 0;
  /** What was handed back, and how often, since the last loss of a connection. */
  readonly #handBacks = new Map<string, number>();

  constructor(parts: UndeliveredJobsParts) {
    this.#parts = parts;
  }

  connectionLost(): void {
    this.#handBacks.clear();
    if (this.#isTaking) this.#losses += 1;
  }

  /** Redis may have given us a job that we do not know of. */
  get mayExist(): boolean {
    return this.#losses > this.#lossesLookedAt || this.#isTaking;
  }

  get #isTaking(): boolean {
    const { held, fetches } = this.#parts;
    return fetches.size > 0 || held.all.some(({ isFinishing }) => isFinishing);
  }

  /** Commands of one connection are answered in their order: what was under way before this is known after it. */
  async handBack(lanes: readonly Lane[]): Promise<void> {
    // One that comes while we look may concern a queue that we have looked at already.
    const losses = this.#losses;
    let refused: unknown;
    let isOpen = false;
    for (const lane of lanes) {
      for (const lock of await this.#parts.locks.find(lane.keys, this.#parts.lockOwner)) {
        try {
          if (this.#stateOf(lock) === "unknown") await this.#handBackOne(lane, lock);
          isOpen ||= this.#stateOf(lock) === "onItsWay";
        } catch (cause) {
          // It is looked for again; the others do not wait for it.
          refused ??= cause;
        }
      }
    }
    if (refused !== undefined) throw refused;
    // Who ends before it is known whether such a job arrives must not say that it holds nothing.
    if (!isOpen) this.#lossesLookedAt = losses;
  }

  async #handBackOne(lane: Lane, lock: HeldLock): Promise<void> {
    const { id } = lock;
    const name = jobText({ queue: lane.queue, id });
    // No connection was lost since, so that no delivery can have been: it would come back again and again.
    const handBacks = this.#handBacks.get(name) ?? 0;
    if (handBacks >= maximumHandBacks) return await this.#fail(lane, lock, name);
    const { markers, held, log } = this.#parts;
    const job = await lane.find(id, "toHandBack");
    if (job === undefined || this.#stateOf(lock) !== "unknown") return;
    // With the job's lock: should it have come to its end in this very moment, Redis refuses.
    await handBack(job, lock.token, () => markers.mark(lane.keys.marker));
    this.#handBacks.set(name, handBacks + 1);
    held.handedBack.push(nameOf({ lane, job }));
    log.warn({ queue: lane.queue, job: id }, `handed back ${name}: its delivery to this worker was lost`);
  }

  async #fail(lane: Lane, lock: HeldLock, name: string): Promise<void> {
    const { bull, ends, log } = this.#parts;
    // With its data: the application's hook is given this job.
    const job = await lane.find(lock.id, "toTell");
    if (job === undefined || this.#stateOf(lock) !== "unknown") return;
    const failure = new bull.api.UnrecoverableError(undeliveredMessage);
    await job.moveToFailed(failure, lock.token);
    this.#handBacks.delete(name);
    ends.written({ lane, job, outcome: { failure } });
    log.error({ queue: lane.queue, job: lock.id }, `failed ${name}: ${undeliveredMessage}`);
  }

  /** onItsWay: Redis has given it, and is being asked with its token: the answer may bring it, or was lost with it. */
  #stateOf({ id, token }: HeldLock): "held" | "onItsWay" | "unknown" {
    const here = this.#parts.held.get(token);
    if (here?.job.id === id || this.#parts.held.isGivenUp(token, id)) return "held";
    return this.#parts.fetches.has(token) || here?.isFinishing === true ? "onItsWay" : "unknown";
  }
}
