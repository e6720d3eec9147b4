import type { InstanceId } from "../../protocol/instance-id.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { CommandClient } from "../connection/new-client.ts";

/**
 * The key outlives its forker, so that a successor can see how long ago it was renewed. A successor that starts after this long
 * needs no lease.
 */
const rememberedMs = 86_400_000;

export interface Lease {
  /** The time since the last renewal, by the clock of Redis. */
  readonly ageMs: number;
  /** leaving: the instance was draining or stopping. */
  readonly status: "running" | "leaving";
  /** See src/admin/instance-socket.ts. */
  readonly network: string;
  /** The inode of the socket that announces the instance there; undefined: it is not announced. */
  readonly socket: string | undefined;
}

/**
 * Records in Redis that an instance runs, and when it was last seen: one key for each instance, with the prefix of the queues.
 */
export class Leases {
  readonly #client: CommandClient;
  readonly #prefix: string;

  constructor(client: CommandClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async renew(instanceId: InstanceId, { status, network, socket }: Omit<Lease, "ageMs">): Promise<void> {
    await this.#client.set(
      this.#key(instanceId),
      [status, network, socket].filter(Boolean).join(" "),
      "PX",
      rememberedMs,
    );
  }

  /** Resolves with undefined if the instance has had no lease for a day. */
  async find(instanceId: InstanceId): Promise<Lease | undefined> {
    const key = this.#key(instanceId);
    const [leftMs, text] = await Promise.all([this.#client.pttl(key), this.#client.get(key)]);
    if (leftMs < 0 || text === null) return undefined;
    const [status, network = "", socket] = text.split(" ");
    return { ageMs: rememberedMs - leftMs, status: status === "leaving" ? "leaving" : "running", network, socket };
  }

  #key(instanceId: InstanceId): string {
    return `${this.#prefix}:forker:${instanceId}`;
  }
}

/** The quarantined job that was released last, for a keeper that replaces another in the same instance. */
export class ReleasedJob {
  readonly #client: CommandClient;
  readonly #key: string;

  constructor(client: CommandClient, prefix: string, instanceId: InstanceId) {
    this.#client = client;
    this.#key = `${prefix}:forker:${instanceId}:released`;
  }

  async write({ queue, id }: JobName): Promise<void> {
    await this.#client.set(this.#key, `${queue}:${id}`, "PX", rememberedMs);
  }

  async read(): Promise<JobName | undefined> {
    const text = await this.#client.get(this.#key);
    if (text === null) return undefined;
    // BullMQ refuses a queue name with a colon.
    const colon = text.indexOf(":");
    return { queue: text.slice(0, colon), id: text.slice(colon + 1) };
  }
}
