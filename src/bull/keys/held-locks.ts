import { fitId, isShortId } from "../../protocol/fit.ts";
import type { CommandClient } from "../connection/new-client.ts";
import { jobKey, lockKey, type QueueKeys } from "../library/key-layout.ts";
import type { Move } from "../worker/job-moves.ts";
import {
  claimScript,
  countDeathScript,
  findScript,
  lookAfterScript,
  markWaitingScript,
  renewScript,
  unmarkWaitingScript,
} from "./held-lock-scripts.ts";
import { regainScript } from "./regain-script.ts";
import type { Script } from "./script.ts";

type ScriptedRedis = CommandClient & {
  forkerFindHeld: Script<string[]>;
  forkerClaimHeld: Script<string[]>;
  forkerRenewHeld: Script<string[]>;
  forkerLookAfterHeld: Script<HeldJobFate[]>;
  forkerRegain: Script<JobFate>;
  forkerCountDeath: Script<number>;
  forkerMarkWaiting: Script<number>;
  forkerUnmarkWaiting: Script<number>;
};

export interface HeldLock {
  readonly id: string;
  readonly token: string;
}

/** A job that a dead worker is known to have held. */
export interface KnownJob {
  readonly id: string;
  /** How often the job had been started when it was taken; undefined: unknown. */
  readonly starts?: number | undefined;
  /** The whole id, if `id` is its short form. */
  readonly longId?: string | undefined;
}

export interface TakenJob extends HeldLock {
  /** How often the job had been started when it was taken with this token, including that start. */
  readonly starts: number;
  /** How many of its attempts had ended by then. */
  readonly ends: number;
}

/** A job that a worker holds. */
export interface RunningJob extends TakenJob {
  /** How often a stalled check had found it by then. */
  readonly stalls: number;
}

/** "taken": another worker has the job, or had it. lookAfterScript and regainScript explain the others. */
export type JobFate = "ours" | "taken" | "ended" | "retried" | "gone" | "moved";
export type HeldJobFate = JobFate | "stalled";

/** The jobs that lock owners hold, as Redis knows them: a lock's token begins with its owner. */
export class HeldLocks {
  readonly #client: ScriptedRedis;

  constructor(client: CommandClient) {
    client.defineCommand("forkerFindHeld", { lua: findScript });
    client.defineCommand("forkerClaimHeld", { lua: claimScript });
    client.defineCommand("forkerRenewHeld", { lua: renewScript });
    client.defineCommand("forkerLookAfterHeld", { lua: lookAfterScript });
    client.defineCommand("forkerRegain", { lua: regainScript });
    client.defineCommand("forkerCountDeath", { lua: countDeathScript });
    client.defineCommand("forkerMarkWaiting", { lua: markWaitingScript });
    client.defineCommand("forkerUnmarkWaiting", { lua: unmarkWaitingScript });
    this.#client = client as ScriptedRedis;
  }

  /** Finds the jobs that this owner holds. The job that was taken last comes first. */
  async find(keys: QueueKeys, lockOwner: string): Promise<HeldLock[]> {
    return heldLocks(await this.#client.forkerFindHeld(1, keys.active, keys[""], lockOwner));
  }

  /** Claims what a dead owner held: the jobs with its locks, and those of the known jobs that no worker has taken since. */
  async claim(
    keys: QueueKeys,
    lockOwner: string,
    lockDurationMs: number,
    known: readonly KnownJob[] = [],
  ): Promise<HeldLock[]> {
    const { active, stalled, "": prefix } = keys;
    const whole = await this.#wholeIds(
      active,
      known.map(({ id, longId }) => longId ?? id),
    );
    const pairs = whole.flatMap((id, at) => [id, known[at]?.starts ?? ""]);
    return heldLocks(
      await this.#client.forkerClaimHeld(
        2,
        active,
        stalled,
        prefix,
        lockOwner,
        lockDurationMs,
        lateToken(lockOwner),
        ...pairs,
      ),
    );
  }

  /** Messages carry a short form of long ids: see fitId. */
  async #wholeIds(active: string, known: readonly string[]): Promise<readonly string[]> {
    if (!known.some(isShortId)) return known;
    const ids = await this.#client.lrange(active, 0, -1);
    return known.map((one) => ids.find((id) => fitId(id) === one) ?? one);
  }

  /**
   * Resolves with what happened to each of these jobs, in the same order. Renews the locks of those that the caller still holds.
   */
  async lookAfter(keys: QueueKeys, lockDurationMs: number, jobs: readonly RunningJob[]): Promise<HeldJobFate[]> {
    const { active, stalled, "": prefix } = keys;
    const words = jobs.flatMap(({ id, token, starts, ends, stalls }) => [id, token, starts, ends, stalls]);
    return await this.#client.forkerLookAfterHeld(2, active, stalled, prefix, lockDurationMs, ...words);
  }

  /**
   * Resolves with what happened to a job whose move was refused. If it belongs to the caller, or only a part of the move is done,
   * the caller holds it afterwards. `isPartial`: Redis has refused a command inside BullMQ's script.
   */
  async regain(
    keys: QueueKeys,
    lockDurationMs: number,
    { id, token, starts, ends }: TakenJob,
    move: Move,
    isPartial: boolean,
  ): Promise<JobFate> {
    const facts = [id, token, starts, ends, move, isPartial ? "1" : "0", Date.now()];
    return await this.#client.forkerRegain(1, jobKey(keys, id), keys[""], lockDurationMs, ...facts);
  }

  /**
   * Counts the death of a worker with this attempt of the job, and resolves with the number of deaths. From `aloneFrom` deaths
   * on, the job runs alone. The job's own hash stores the count, so it is known on every host and deleted with the job.
   * `hasBegun`: "unknown" leaves the count as it is if the job is marked as waiting.
   */
  async countDeath(
    keys: QueueKeys,
    jobId: string,
    aloneFrom: number,
    hasBegun: "certainly" | "unknown" = "certainly",
  ): Promise<number> {
    return await this.#client.forkerCountDeath(1, jobKey(keys, jobId), aloneFrom, hasBegun);
  }

  /** Marks a job as waiting for its runner: the keeper that finds it orphaned then knows that it has not begun. */
  async markWaiting(keys: QueueKeys, { id, token }: HeldLock): Promise<void> {
    await this.#client.forkerMarkWaiting(2, jobKey(keys, id), lockKey(keys, id), token);
  }

  /** `processedOn`: BullMQ's time of this start, in ms. The mark of another start stays. */
  async unmarkWaiting(keys: QueueKeys, jobId: string, processedOn: number): Promise<void> {
    await this.#client.forkerUnmarkWaiting(1, jobKey(keys, jobId), processedOn);
  }

  /** Renews the locks that their owners have not renewed in time. Resolves with the ids of their jobs. */
  async renew(keys: QueueKeys, lockOwners: readonly string[], lockDurationMs: number): Promise<string[]> {
    return await this.#client.forkerRenewHeld(2, keys.active, keys.stalled, keys[""], lockDurationMs, ...lockOwners);
  }
}

function heldLocks(found: readonly string[]): HeldLock[] {
  return Array.from({ length: found.length / 2 }, (_, at) => ({
    id: found[2 * at] ?? "",
    token: found[2 * at + 1] ?? "",
  }));
}

/** The token for a job that a dead owner held without a lock. */
export function lateToken(lockOwner: string): string {
  return `${lockOwner}:late`;
}
