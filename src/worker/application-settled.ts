import { setTimeout } from "node:timers/promises";
import type { Application } from "../app/application.ts";
import { LateRedis } from "../app/late-redis.ts";
import { areReleasedClientsCalm } from "../bull/parking/parked-clients.ts";

const lookMs = 10;
/** A command that follows a reply is sent in the same turn; a microtask or a timer of 0 may come in between. */
const calmLooks = 3;

/**
 * Resolves when the application has done, as far as can be seen, what it began before the fork: its module has evaluated, the place of
 * its jobs is known, and the clients that it created then wait for no reply. Never, if it never does.
 */
export async function applicationSettled({ config, loading }: Application): Promise<void> {
  if (config.redis instanceof LateRedis) await config.redis.known;
  // What it rejects with ends this process.
  await loading?.evaluated.catch(() => new Promise<never>(() => {}));
  for (let calm = 0; calm < calmLooks; calm = areReleasedClientsCalm() ? calm + 1 : 0)
    await setTimeout(lookMs, undefined, { ref: false });
}
