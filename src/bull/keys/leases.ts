import type { Life } from "../../protocol/life.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { CommandClient } from "../connection/new-client.ts";

/** The key outlives its forker, so that how long ago it was renewed can be told. A successor that comes later needs no lease. */
const rememberedMs = 86_400_000;

export interface Lease {
  /** Since it was renewed, by the clock of Redis. */
  readonly ageMs: number;
  /** leaving: it had been told to drain or to stop. */
  readonly mood: "staying" | "leaving";
  /** See src/admin/life-socket.ts. */
  readonly network: string;
  /** The inode of the socket that shows its life there; undefined: it is not shown. */
  readonly socket: string | undefined;
}

/** Says in Redis that a forker lives, and when it was seen last: a key for each life, beside the queues' keys. */
export class Leases {
  readonly #client: CommandClient;
  readonly #prefix: string;

  constructor(client: CommandClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async renew(life: Life, { mood, network, socket }: Omit<Lease, "ageMs">): Promise<void> {
    await this.#client.set(this.#key(life), [mood, network, socket].filter(Boolean).join(" "), "PX", rememberedMs);
  }

  /** undefined: it never had one, or long ago. */
  async find(life: Life): Promise<Lease | undefined> {
    const key = this.#key(life);
    const [leftMs, text] = await Promise.all([this.#client.pttl(key), this.#client.get(key)]);
    if (leftMs < 0 || text === null) return undefined;
    const [mood, network = "", socket] = text.split(" ");
    return { ageMs: rememberedMs - leftMs, mood: mood === "leaving" ? "leaving" : "staying", network, socket };
  }

  #key(life: Life): string {
    return `${this.#prefix}:forker:${life}`;
  }
}

/** Which of the jobs that are let go one after the other has its turn: for a keeper that takes another's place in the same life. */
export class TurnNote {
  readonly #client: CommandClient;
  readonly #key: string;

  constructor(client: CommandClient, prefix: string, life: Life) {
    this.#client = client;
    this.#key = `${prefix}:forker:${life}:turn`;
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
