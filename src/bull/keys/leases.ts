import type { InstanceId } from "../../protocol/instance-id.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { CommandClient } from "../connection/new-client.ts";

/** The key outlives its forker, so that how long ago it was renewed can be told. A successor that comes later needs no lease. */
const rememberedMs = 86_400_000;

export interface Lease {
  /** Since it was renewed, by the clock of Redis. */
  readonly ageMs: number;
  /** leaving: it had been told to drain or to stop. */
  readonly status: "running" | "leaving";
  /** See src/admin/instance-socket.ts. */
  readonly network: string;
  /** The inode of the socket that announces it there; undefined: it is not announced. */
  readonly socket: string | undefined;
}

/** Says in Redis that a forker lives, and when it was seen last: a key for each instance, beside the queues' keys. */
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

  /** undefined: it never had one, or long ago. */
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

/** Which quarantined job was released last: for a keeper that takes another's place in the same instance. */
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
    // A queue's name has no colon: BullMQ refuses it.
    const colon = text.indexOf(":");
    return { queue: text.slice(0, colon), id: text.slice(colon + 1) };
  }
}
