import { fitId, isShortId } from "../../protocol/fit.ts";
import type { CommandClient } from "../connection/new-client.ts";
import { jobKey, type QueueKeys } from "../library/key-layout.ts";
import {
  claimScript,
  countDeathScript,
  findScript,
  lookAfterScript,
  readmitScript,
  renewScript,
} from "./held-lock-scripts.ts";
import type { Script } from "./script.ts";

type ScriptedRedis = CommandClient & {
  forkerFindHeld: Script<string[]>;
  forkerClaimHeld: Script<string[]>;
  forkerRenewHeld: Script<string[]>;
  forkerLookAfterHeld: Script<JobFate[]>;
  forkerReadmit: Script<number>;
  forkerCountDeath: Script<number>;
};

export interface HeldLock {
  readonly id: string;
  readonly token: string;
}

/** A job that a dead worker held, as far as anybody but Redis knows. */
export interface KnownJob {
  readonly id: string;
  /** How often it had been started when it was taken; undefined: that is not known. */
  readonly starts?: number | undefined;
}

export interface TakenJob extends HeldLock {
  /** How often it had been started when it was taken with this token, that time too. */
  readonly starts: number;
  /** How many of its attempts had ended by then. */
  readonly ends: number;
}

/** "taken": another worker has it, or had. */
export type JobFate = "ours" | "taken" | "ended" | "retried" | "gone" | "moved";

/** Who holds what, as Redis knows it: by the owner that a lock's token begins with. */
export class HeldLocks {
  readonly #client: ScriptedRedis;

  constructor(client: CommandClient) {
    client.defineCommand("forkerFindHeld", { lua: findScript });
    client.defineCommand("forkerClaimHeld", { lua: claimScript });
    client.defineCommand("forkerRenewHeld", { lua: renewScript });
    client.defineCommand("forkerLookAfterHeld", { lua: lookAfterScript });
    client.defineCommand("forkerReadmit", { lua: readmitScript });
    client.defineCommand("forkerCountDeath", { lua: countDeathScript });
    this.#client = client as ScriptedRedis;
  }

  /** What was taken last comes first. */
  async find(keys: QueueKeys, lockOwner: string): Promise<HeldLock[]> {
    return heldLocks(await this.#client.forkerFindHeld(1, keys.active, keys[""], lockOwner));
  }

  /** What a dead owner held, by its locks, and of the known jobs those that nobody has. */
  async claim(
    keys: QueueKeys,
    lockOwner: string,
    lockDurationMs: number,
    known: readonly KnownJob[] = [],
  ): Promise<HeldLock[]> {
    const { active, stalled, "": prefix } = keys;
    const whole = await this.#wholeIds(
      active,
      known.map(({ id }) => id),
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

  /** Messages carry long ids in short: see fitId. */
  async #wholeIds(active: string, known: readonly string[]): Promise<readonly string[]> {
    if (!known.some(isShortId)) return known;
    const ids = await this.#client.lrange(active, 0, -1);
    return known.map((one) => ids.find((id) => fitId(id) === one) ?? one);
  }

  /** What has become of each of these jobs, in their order. The locks of those that are ours last from now on. */
  async lookAfter(keys: QueueKeys, lockDurationMs: number, jobs: readonly TakenJob[]): Promise<JobFate[]> {
    const { active, stalled, "": prefix } = keys;
    const quadruples = jobs.flatMap(({ id, token, starts, ends }) => [id, token, starts, ends]);
    return await this.#client.forkerLookAfterHeld(2, active, stalled, prefix, lockDurationMs, ...quadruples);
  }

  /** Puts a job that is in no list of its queue back among the active ones, locked. Whether it is ours. */
  async readmit(keys: QueueKeys, lockDurationMs: number, { id, token, starts, ends }: TakenJob): Promise<boolean> {
    const { active, "": prefix } = keys;
    return (await this.#client.forkerReadmit(1, active, prefix, lockDurationMs, id, token, starts, ends)) === 1;
  }

  /**
   * How many workers have died with this attempt of the job, this one too; from `aloneFrom` on it runs alone. It is in the
   * job's own hash, gone with it, and known on every host.
   */
  async countDeath(keys: QueueKeys, jobId: string, aloneFrom: number): Promise<number> {
    return await this.#client.forkerCountDeath(1, jobKey(keys, jobId), aloneFrom);
  }

  /** The jobs whose locks were renewed because their owners had not done it in time. */
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

/** Of a job that a dead owner held without a lock. */
export function lateToken(lockOwner: string): string {
  return `${lockOwner}:late`;
}
