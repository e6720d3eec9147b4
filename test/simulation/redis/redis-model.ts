import { Blocked } from "./blocked.ts";
import { Connection } from "./connection.ts";
import { Keyspace } from "./data/keyspace.ts";
import { Executor } from "./executor.ts";
import type { Reachability, RedisModelOptions } from "./model-options.ts";
import { type JobView, type QueueView, readOneJob, readQueue } from "./view.ts";

/** One server. See model-options.ts. */
export class RedisModel {
  readonly options: RedisModelOptions;
  readonly blocked: Blocked;
  readonly executor: Executor;
  readonly connections = new Set<Connection>();
  readonly #databases = new Map<number, Keyspace>();
  #lastConnectionId = 0;
  #reachability: Reachability = "up";

  constructor(options: RedisModelOptions) {
    this.options = options;
    this.blocked = new Blocked(options);
    this.executor = new Executor(this);
  }

  /** Opens a connection. Returns undefined if it is refused. While the server is silent, the connection waits. */
  connect(): Connection | undefined {
    if (this.#reachability === "refused") return undefined;
    const connection = new Connection(this, ++this.#lastConnectionId);
    this.connections.add(connection);
    return connection;
  }

  get reachability(): Reachability {
    return this.#reachability;
  }

  setReachability(reachability: Reachability): void {
    this.#reachability = reachability;
    if (reachability === "refused") this.closeConnections();
    if (reachability === "up") for (const connection of this.connections) connection.resume();
  }

  /** Closes every connection, or those that `which` selects, as a restart, a proxy or CLIENT KILL does. */
  closeConnections(which: (connection: Connection) => boolean = () => true): void {
    for (const connection of this.connections) if (which(connection)) connection.close();
  }

  /** A replica takes over that has not received about the last `loseMs`. Every connection closes. */
  failOver(loseMs: number): void {
    const { keepPastMs = 0 } = this.options;
    if (loseMs > keepPastMs) throw new Error(`expected to lose at most keepPastMs: ${keepPastMs}, got ${loseMs}`);
    this.closeConnections();
    for (const keys of this.#databases.values()) keys.loseSince(this.options.now() - loseMs);
  }

  /** The keys of a database, for invariants: read them, but do not change them. */
  keys(database = 0): Keyspace {
    let keys = this.#databases.get(database);
    if (keys === undefined) {
      keys = new Keyspace(this.options.keepPastMs ?? 0);
      this.#databases.set(database, keys);
    }
    keys.nowMs = this.options.now();
    return keys;
  }

  /** What BullMQ's books say about a queue. Strings have one character for each byte. */
  queue(name: string, prefix = "bull", database = 0): QueueView {
    return readQueue(this.keys(database), `${prefix}:${name}:`);
  }

  /** What they say about one job. */
  job(queue: string, id: string, prefix = "bull", database = 0): JobView {
    return readOneJob(this.keys(database), `${prefix}:${queue}:`, id);
  }
}
