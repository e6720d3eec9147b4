import { hostPrefixOf, type InstanceId } from "../../protocol/instance-id.ts";
import type { CommandClient } from "../connection/new-client.ts";
import { jobField, lockKey, lockSuffix, type QueueKeys } from "../library/key-layout.ts";
import type { HeldLock } from "./held-locks.ts";
import type { Script } from "./script.ts";

/**
 * Whose an active job is. Where its lock is over, the worker's name in its hash tells the instance that it was of, and the moment
 * of its start tells it apart from others of that instance.
 */
const ownerFunction = `
local function tokenOf(id)
  local token = redis.call("GET", ARGV[1] .. id .. "${lockSuffix}")
  if token then return token end
  local by, at = unpack(redis.call("HMGET", ARGV[1] .. id, "${jobField.processedBy}", "${jobField.processedOn}"))
  local instance = by and string.match(by, ":slot%d+:(%x+%-%x+)$")
  return instance and instance .. "-" .. (at or "0") .. ":late"
end`;

/** The owners on this host, whoever they are, of the active jobs. */
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

/** The active jobs of owners or instances that are over. All locks last from now on. */
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

/** Only whoever has the lock can give it away. */
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

/** The orphaned jobs of forkers that ran on this host before, by the tokens of their locks. */
export class OrphanLocks {
  readonly #client: ScriptedRedis;
  readonly #instanceId: InstanceId;
  readonly #lockDurationMs: number;

  constructor(client: CommandClient, instanceId: InstanceId, lockDurationMs: number) {
    client.defineCommand("forkerOwnersOnHost", { lua: ownersScript });
    client.defineCommand("forkerClaimOrphans", { lua: claimScript });
    client.defineCommand("forkerTransferLock", { lua: transferScript });
    this.#client = client as ScriptedRedis;
    this.#instanceId = instanceId;
    this.#lockDurationMs = lockDurationMs;
  }

  /** Everybody on this host who holds a job of this queue, ourselves too. */
  async lockOwners(keys: QueueKeys): Promise<string[]> {
    return await this.#client.forkerOwnersOnHost(1, keys.active, keys[""], hostPrefixOf(this.#instanceId));
  }

  /** Of instances, or of owners. A second call finds the same again, as long as it is not handed back. */
  async claim(keys: QueueKeys, over: readonly string[]): Promise<OrphanLock[]> {
    const { active, stalled, "": prefix } = keys;
    const found = await this.#client.forkerClaimOrphans(2, active, stalled, prefix, this.#lockDurationMs, ...over);
    return Array.from({ length: found.length / 3 }, (_, at) => ({
      id: found[3 * at] ?? "",
      token: found[3 * at + 1] ?? "",
      lockOwner: found[3 * at + 2] ?? "",
    }));
  }

  /** The lock is the other owner's from now on; false: it was not that of this token any more. */
  async transfer(keys: QueueKeys, { id, token }: HeldLock, lockOwner: string): Promise<boolean> {
    return (
      (await this.#client.forkerTransferLock(1, lockKey(keys, id), token, `${lockOwner}:1`, this.#lockDurationMs)) === 1
    );
  }
}
