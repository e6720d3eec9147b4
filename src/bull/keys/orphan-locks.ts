import { hostPrefixOf, type InstanceId } from "../../protocol/instance-id.ts";
import type { CommandClient } from "../connection/new-client.ts";
import { jobField, lockKey, lockSuffix, type QueueKeys } from "../library/key-layout.ts";
import type { HeldLock } from "./held-locks.ts";
import type { Script } from "./script.ts";

/**
 * Returns the token of an active job's lock. If the lock has expired, the worker's name in the job's hash identifies the
 * instance, and the time of the start tells this owner from others of that instance.
 */
const ownerFunction = `
local function tokenOf(id)
  local token = redis.call("GET", ARGV[1] .. id .. "${lockSuffix}")
  if token then return token end
  local by, at = unpack(redis.call("HMGET", ARGV[1] .. id, "${jobField.processedBy}", "${jobField.processedOn}"))
  local instance = by and string.match(by, ":slot%d+:(%x+%-%x+)$")
  return instance and instance .. "-" .. (at or "0") .. ":late"
end`;

/** Returns the lock owners on this host, of any instance, that hold active jobs. */
const ownersScript = `${ownerFunction}
local owners, known = {}, {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local token = tokenOf(id)
  local owner = token and string.match(token, "^([^:]+):")
  if owner and not known[owner] and string.sub(owner, 1, #ARGV[2]) == ARGV[2] then
    known[owner] = true
    owners[#owners + 1] = owner
  end
end
return owners`;

/** Claims the active jobs of lock owners or instances that have ended. Their locks are set to their full duration. */
const claimScript = `${ownerFunction}
local found, over = {}, {}
for number = 3, #ARGV do over[ARGV[number]] = true end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local token = tokenOf(id)
  local owner = token and string.match(token, "^([^:]+):")
  if owner and (over[owner] or over[string.match(owner, "^%x+%-%x+")]) then
    redis.call("SET", ARGV[1] .. id .. "${lockSuffix}", token, "PX", ARGV[2])
    redis.call("SREM", KEYS[2], id)
    found[#found + 1] = id
    found[#found + 1] = token
    found[#found + 1] = owner
  end
end
return found`;

/** Only the holder of a lock can transfer it. */
const transferScript = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
return 1`;

type ScriptedRedis = CommandClient & {
  forkerOwnersOnHost: Script<string[]>;
  forkerClaimOrphans: Script<string[]>;
  forkerTransferLock: Script<number>;
};

export interface OrphanLock extends HeldLock {
  readonly lockOwner: string;
}

/** A queue, and how long its locks last. */
export interface LockedQueue {
  readonly keys: QueueKeys;
  readonly lockDurationMs: number;
}

/** Finds and claims the orphaned jobs of instances that ran on this host, by the tokens of their locks. */
export class OrphanLocks {
  readonly #client: ScriptedRedis;
  readonly #instanceId: InstanceId;

  constructor(client: CommandClient, instanceId: InstanceId) {
    client.defineCommand("forkerOwnersOnHost", { lua: ownersScript });
    client.defineCommand("forkerClaimOrphans", { lua: claimScript });
    client.defineCommand("forkerTransferLock", { lua: transferScript });
    this.#client = client as ScriptedRedis;
    this.#instanceId = instanceId;
  }

  /** Resolves with every lock owner on this host that holds a job of this queue, including those of this instance. */
  async lockOwners(keys: QueueKeys): Promise<string[]> {
    return await this.#client.forkerOwnersOnHost(1, keys.active, keys[""], hostPrefixOf(this.#instanceId));
  }

  /**
   * Claims the jobs of instances or lock owners that have ended. A second call returns the same jobs until they are handed
   * back.
   */
  async claim({ keys, lockDurationMs }: LockedQueue, over: readonly string[]): Promise<OrphanLock[]> {
    const { active, stalled, "": prefix } = keys;
    const found = await this.#client.forkerClaimOrphans(2, active, stalled, prefix, lockDurationMs, ...over);
    return Array.from({ length: found.length / 3 }, (_, at) => ({
      id: found[3 * at] ?? "",
      token: found[3 * at + 1] ?? "",
      lockOwner: found[3 * at + 2] ?? "",
    }));
  }

  /** Transfers a lock to another owner. Resolves with false if the lock no longer has this token. */
  async transfer({ keys, lockDurationMs }: LockedQueue, { id, token }: HeldLock, lockOwner: string): Promise<boolean> {
    return (await this.#client.forkerTransferLock(1, lockKey(keys, id), token, `${lockOwner}:1`, lockDurationMs)) === 1;
  }
}
