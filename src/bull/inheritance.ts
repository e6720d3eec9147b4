import { type Life, livesBeside, nobodyBeside } from "../protocol/life.ts";
import type { HeldLock } from "./held-locks.ts";
import type { QueueKeys } from "./markers.ts";
import type { CommandClient } from "./new-client.ts";

/** The owners on this host, whoever they are, of the active jobs' locks. */
const ownersScript = `
local owners, known = {}, {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local token = redis.call("GET", ARGV[1] .. id .. ":lock")
  local owner = token and string.match(token, "^([^:]+):")
  if owner and not known[owner] and string.sub(owner, 1, #ARGV[2]) == ARGV[2] then
    known[owner] = true
    owners[#owners + 1] = owner
  end
end
return owners`;

/**
 * The active jobs that lives held which are over, and those whose lock is over and whose worker was on this host: they are
 * given a lock of nobody's, in whose token the moment of their start tells them apart. All locks last from now on.
 */
const claimScript = `
local found, over = {}, {}
for number = 5, #ARGV do over[ARGV[number]] = true end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local key = ARGV[1] .. id .. ":lock"
  local token = redis.call("GET", key)
  if not token then
    local by, at = unpack(redis.call("HMGET", ARGV[1] .. id, "pb", "processedOn"))
    if by and string.sub(by, 1, #ARGV[3]) == ARGV[3] and string.match(by, ":slot%d+$") then
      token = ARGV[4] .. "-" .. (at or "0") .. ":late"
    end
  end
  local owner = token and string.match(token, "^([^:]+):")
  if owner and over[string.match(owner, "^%x+-%x+")] then
    redis.call("SET", key, token, "PX", ARGV[2])
    redis.call("SREM", KEYS[2], id)
    found[#found + 1] = id
    found[#found + 1] = token
    found[#found + 1] = owner
  end
end
return found`;

type Script = (numberOfKeys: number, ...keysAndArguments: (string | number)[]) => Promise<string[]>;
type ScriptedRedis = CommandClient & { forkerOwnersBeside: Script; forkerClaimInherited: Script };

export interface InheritedLock extends HeldLock {
  readonly owner: string;
}

export interface Claim {
  readonly life: Life;
  readonly hostname: string;
  readonly lockDurationMs: number;
}

/** What forkers on this host have left behind that were here before: by the tokens of their locks. */
export class Inheritance {
  readonly #client: ScriptedRedis;
  readonly #claim: Claim;

  constructor(client: CommandClient, claim: Claim) {
    client.defineCommand("forkerOwnersBeside", { lua: ownersScript });
    client.defineCommand("forkerClaimInherited", { lua: claimScript });
    this.#client = client as ScriptedRedis;
    this.#claim = claim;
  }

  /** Everybody on this host who holds a job of this queue, ourselves too. */
  async owners(keys: QueueKeys): Promise<string[]> {
    return await this.#client.forkerOwnersBeside(1, keys.active, keys[""], livesBeside(this.#claim.life));
  }

  /** A second call finds the same again, as long as it is not handed back. */
  async claim(keys: QueueKeys, over: readonly Life[]): Promise<InheritedLock[]> {
    const { life, hostname, lockDurationMs } = this.#claim;
    const nobody = nobodyBeside(life);
    const { active, stalled, "": prefix } = keys;
    const values = [prefix, lockDurationMs, `${hostname}:`, nobody, nobody, ...over];
    const found = await this.#client.forkerClaimInherited(2, active, stalled, ...values);
    return Array.from({ length: found.length / 3 }, (_, at) => ({
      id: found[3 * at] ?? "",
      token: found[3 * at + 1] ?? "",
      owner: found[3 * at + 2] ?? "",
    }));
  }
}
