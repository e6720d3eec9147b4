import { pino } from "pino";
import { redisTarget } from "../../src/bull/connection/redis-target.ts";
import type { Bull } from "../../src/bull/library/load-bull.ts";
import { Keeper, type KeeperParts } from "../../src/keeper/keeper.ts";
import { newInstanceId } from "../../src/protocol/instance-id.ts";

/** Long enough for the keeper to look only when something happens. */
export const keeperLockDurationMs = 600_000;

/** init's order after the death of a worker that held no job, as far as init knows. */
export const deathOrder = {
  kind: "handBack",
  worker: 1,
  slot: 0,
  workerPid: 9,
  holding: [],
  reason: "it died",
  counts: true,
  endings: [],
} as const;

/** A keeper in this process, without init: `send` gets its messages. `parts` override what all tests have in common. */
export function startKeeper(
  bull: Bull,
  redisUrl: string,
  send: KeeperParts["send"],
  parts: Partial<KeeperParts> = {},
): Keeper {
  return new Keeper({
    bull,
    target: redisTarget(redisUrl),
    prefix: "bull",
    instanceId: newInstanceId("host"),
    queueOptions: [],
    lockDurationMs: keeperLockDurationMs,
    stuckTimeoutMs: 0,
    log: pino({ level: "silent" }),
    send,
    ...parts,
  });
}
