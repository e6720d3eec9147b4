import type { Life } from "../protocol/life.ts";
import type { CommandClient } from "./new-client.ts";

/** The key outlives its forker, so that how long ago it was renewed can be told. A successor that comes later needs no lease. */
const rememberedMs = 86_400_000;

/** Says in Redis that a forker lives, and when it was seen last: a key for each life, beside the queues' keys. */
export class Leases {
  readonly #client: CommandClient;
  readonly #prefix: string;

  constructor(client: CommandClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async renew(life: Life): Promise<void> {
    await this.#client.set(this.#key(life), "", "PX", rememberedMs);
  }

  /** By the clock of Redis, since it was renewed; undefined: never, or long ago. */
  async ageMs(life: Life): Promise<number | undefined> {
    const leftMs = await this.#client.pttl(this.#key(life));
    return leftMs < 0 ? undefined : rememberedMs - leftMs;
  }

  #key(life: Life): string {
    return `${this.#prefix}:forker:${life}`;
  }
}
