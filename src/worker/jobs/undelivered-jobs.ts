import type { Logger } from "pino";
import type { HeldLock, HeldLocks } from "../../bull/keys/held-locks.ts";
import type { Markers } from "../../bull/keys/markers.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { endJob } from "../../bull/worker/end-job.ts";
import { handBackWhole } from "../../bull/worker/hand-back.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { jobText } from "../../text/printable.ts";
import type { Fetches } from "./fetches.ts";
import { nameOf } from "./held-job.ts";
import { type HeldJobs } from "./held-jobs.ts";
import type { JobEnds } from "./job-ends.ts";

/** More than one, because the loss of the connection to one node of a Cluster can go unnoticed. */
const maximumHandBacks = 3;
const undeliveredMessage = `a worker took the job ${maximumHandBacks + 1} times and never received it, although no connection was lost`;

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
 * Jobs that Redis gave to this worker and that never arrived: the connection broke after Redis had executed the command and
 * before the reply arrived, and the command that was sent again got another job, or was refused. These jobs are locked, and
 * the keeper renews the locks of living workers: only this worker can know that no process runs them.
 */
export class UndeliveredJobs {
  readonly #parts: UndeliveredJobsParts;
  /** How often a connection was lost while a reply with a job may have been in transit. */
  #losses = 0;
  #lossesLookedAt = 0;
  /** The lanes in which Redis has refused to hand back a job that the latest search had found. */
  readonly #refusing = new Set<Lane>();
  /** The jobs that were handed back since the last loss of a connection, and how often. */
  readonly #handBacks = new Map<string, number>();

  constructor(parts: UndeliveredJobsParts) {
    this.#parts = parts;
  }

  connectionLost(): void {
    this.#handBacks.clear();
    if (this.#isTaking) this.#losses += 1;
  }

  /** Whether Redis may have given this worker a job that it does not know of. */
  get mayExist(): boolean {
    return this.#refusing.size > 0 || this.#losses > this.#lossesLookedAt || this.#isTaking;
  }

  get #isTaking(): boolean {
    const { held, fetches } = this.#parts;
    return fetches.size > 0 || held.all.some(({ isFinishing }) => isFinishing);
  }

  /** Redis answers the commands of a connection in order: earlier replies have arrived once this has ended. */
  async handBack(lanes: readonly Lane[]): Promise<void> {
    // A loss during the search may concern a queue that was already searched.
    const losses = this.#losses;
    let refused: unknown;
    let isOpen = false;
    for (const lane of lanes) {
      const locks = await this.#parts.locks.find(lane.keys, this.#parts.lockOwner);
      this.#refusing.delete(lane);
      for (const lock of locks) {
        try {
          if (this.#stateOf(lock) === "unknown") await this.#handBackOne(lane, lock);
          isOpen ||= this.#stateOf(lock) === "onItsWay";
        } catch (cause) {
          // The next search finds it again; the other jobs do not wait for it.
          refused ??= cause;
          this.#refusing.add(lane);
        }
      }
    }
    if (refused !== undefined) throw refused;
    // Until it is known whether a job arrives, the worker must not report that it holds none.
    if (!isOpen) this.#lossesLookedAt = losses;
  }

  async #handBackOne(lane: Lane, lock: HeldLock): Promise<void> {
    const { id } = lock;
    const name = jobText({ queue: lane.queue, id });
    // No connection was lost since, so a lost reply is not the cause, and the job would be handed back endlessly.
    const handBacks = this.#handBacks.get(name) ?? 0;
    if (handBacks >= maximumHandBacks) return await this.#fail(lane, lock, name);
    const { markers, held, log } = this.#parts;
    const job = await lane.find(id, "toHandBack");
    if (job === undefined || this.#stateOf(lock) !== "unknown") return;
    // Uses the job's lock: Redis refuses if the job has ended in the meantime.
    await handBackWhole(this.#parts, lane, job, lock, () => markers.mark(lane.keys.marker));
    this.#handBacks.set(name, handBacks + 1);
    held.handedBack.push(nameOf({ lane, job }));
    log.warn({ queue: lane.queue, job: id }, "handed back undelivered job");
  }

  async #fail(lane: Lane, lock: HeldLock, name: string): Promise<void> {
    const { bull, ends, log } = this.#parts;
    // With its data, because the application's hook receives this job.
    const job = await lane.find(lock.id, "toTell");
    if (job === undefined || this.#stateOf(lock) !== "unknown") return;
    const report = await endJob(this.#parts, lane, lock, { outcome: "fail", message: undeliveredMessage });
    if (report === undefined) return;
    this.#handBacks.delete(name);
    const { attemptsMade, finishedOn } = report;
    Object.assign(job, { attemptsMade, finishedOn, failedReason: undeliveredMessage });
    const failure = new bull.api.UnrecoverableError(undeliveredMessage);
    ends.written({ lane, job, outcome: { failure } });
    log.error({ queue: lane.queue, job: lock.id, reason: undeliveredMessage }, "failed undelivered job");
  }

  /** "onItsWay": a command with its token is in progress, and its reply may bring the job or was lost. */
  #stateOf({ id, token }: HeldLock): "held" | "onItsWay" | "unknown" {
    const here = this.#parts.held.get(token);
    if (here?.job.id === id || this.#parts.held.isGivenUp(token, id)) return "held";
    return this.#parts.fetches.has(token) || here?.isFinishing === true ? "onItsWay" : "unknown";
  }
}
