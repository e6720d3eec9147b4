import type { StreamId } from "../../redis/data/stream.ts";
import { compareIds } from "../../redis/data/stream.ts";
import type { RedisModel } from "../../redis/redis-model.ts";
import type { Host } from "../../time/virtual-time.ts";
import { queues } from "../application/definition.ts";
import { nameOf } from "./ledger.ts";

/** An event that BullMQ has written to the stream of a queue. */
export interface BookEvent {
  readonly id: StreamId;
  readonly at: number;
  readonly event: string;
  readonly job: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Whose command wrote it. */
  readonly by: Host | undefined;
}

const streams = queues.map((queue) => ({ queue, key: `bull:${queue}:events` }));

/** What BullMQ's books say about each job, in the order in which it was written. */
export class Books {
  readonly #server: RedisModel;
  readonly #now: () => number;
  readonly #read = new Map<string, number>();
  readonly of = new Map<string, BookEvent[]>();
  readonly listeners: ((event: BookEvent, earlier: readonly BookEvent[]) => void)[] = [];

  constructor(server: RedisModel, now: () => number) {
    this.#server = server;
    this.#now = now;
  }

  /** Call it after each command. */
  read(by: Host | undefined): void {
    const keys = this.#server.keys();
    for (const { queue, key } of streams) {
      const stream = keys.read(key, "stream");
      const known = this.#read.get(queue) ?? 0;
      if (stream === undefined || stream.entriesAdded === known) continue;
      const count = stream.entriesAdded - known;
      this.#read.set(queue, stream.entriesAdded);
      for (const { fields, ...id } of stream.entries.slice(-count)) this.#add(queue, id, fields, by);
    }
  }

  /** A failover has undone some writes. */
  rolledBack(): void {
    const keys = this.#server.keys();
    for (const { queue, key } of streams) {
      const stream = keys.read(key, "stream");
      this.#read.set(queue, stream?.entriesAdded ?? 0);
      const lastId = stream?.lastId ?? { ms: 0, sequence: 0 };
      for (const [job, events] of this.of)
        if (job.startsWith(`${queue}:`))
          this.of.set(
            job,
            events.filter(({ id }) => compareIds(id, lastId) <= 0),
          );
    }
  }

  #add(queue: string, id: StreamId, list: readonly string[], by: Host | undefined): void {
    const fields: Record<string, string> = {};
    for (let at = 0; at + 1 < list.length; at += 2) fields[list[at] as string] = list[at + 1] as string;
    const { event = "", jobId } = fields;
    if (jobId === undefined) return;
    const job = nameOf(queue, jobId);
    const earlier = this.of.get(job) ?? [];
    const entry = { id, at: this.#now(), event, job, fields, by };
    for (const listener of this.listeners) listener(entry, earlier);
    this.of.set(job, [...earlier, entry]);
  }
}
