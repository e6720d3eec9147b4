import type { RedisQueueBackend } from "bullmq";
import type { BullWorker } from "../library/bull-types.ts";
import { clientOf, connectionProperties, openingMethod, versionOfConnection } from "../library/construction-parts.ts";
import { markedPrototype } from "../library/marks.ts";
import { otherBackend } from "./other-backend.ts";
import { ParkedConnection } from "./parked-connection.ts";

type BackendClass = new (...call: readonly unknown[]) => RedisQueueBackend;

/** What the constructor of a Worker has shown of its copy of BullMQ. */
export interface ShownCopy {
  readonly RedisConnection: unknown;
  /** From version 6 on. */
  readonly RedisQueueBackend: unknown;
  readonly version: string | undefined;
}

/**
 * A Worker of a copy of BullMQ inside a bundle while its constructor runs. forker cannot call that with other arguments, or give
 * it another class of connections. The connections that it creates are held: they never connect. Parked ones take their places
 * when the constructor assigns them.
 */
export class Construction {
  readonly worker: BullWorker;
  /** The connection and the blocking connection. */
  readonly parked: readonly [ParkedConnection, ParkedConnection] = [new ParkedConnection(), new ParkedConnection()];
  readonly #ended: (construction: Construction) => void;
  readonly #held: object[] = [];
  #shown: ShownCopy | undefined;
  #hasEnded = false;

  /** `ended` is called when the Worker is complete, and before it takes jobs. It may throw. */
  constructor(worker: BullWorker, ended: (construction: Construction) => void) {
    this.worker = worker;
    this.#ended = ended;
    const [connection, blockingConnection, backend] = connectionProperties;
    replaceAssigned(worker, connection, (assigned) => this.#park(assigned, undefined));
    replaceAssigned(worker, blockingConnection, () => {
      this.end();
      return this.parked[1];
    });
    replaceAssigned(worker, backend, (assigned) => this.#backendLike(assigned as RedisQueueBackend));
  }

  /** Whether the constructor has not created its two connections yet. */
  get isConnecting(): boolean {
    return this.#held.length < this.parked.length;
  }

  get shown(): ShownCopy {
    if (this.#shown === undefined) throw otherBackend(this.worker.name);
    return this.#shown;
  }

  /** Holds a connection whose constructor has begun. */
  hold(connection: object): void {
    const isBlocking = this.#held.length > 0;
    this.#held.push(connection);
    const open = () => {
      // A duplicate of the client that the application gave, which nobody will use.
      if (isBlocking) clientOf(connection)?.disconnect();
      return new Promise<never>(() => {});
    };
    Object.defineProperty(connection, openingMethod, { configurable: true, value: open });
  }

  /** Call it when the Worker is about to take jobs, or complete. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ended(this);
  }

  /** Call it when the constructor is over: the Worker then has no properties of another version. */
  leave(): void {
    for (const name of connectionProperties)
      if (Object.getOwnPropertyDescriptor(this.worker, name)?.set !== undefined)
        Reflect.deleteProperty(this.worker, name);
  }

  #park(connection: unknown, backend: object | undefined): ParkedConnection {
    const [held] = this.#held;
    // Not that of a subclass, which may connect in another way.
    const isOwn = held !== undefined && markedPrototype(held, "RedisConnection") === Object.getPrototypeOf(held);
    if (!isOwn || held !== connection) throw otherBackend(this.worker.name);
    const version = versionOfConnection(held);
    this.#shown = { RedisConnection: held.constructor, RedisQueueBackend: backend?.constructor, version };
    return this.parked[0];
  }

  /** The same backend with the parked connections. At the end of the constructor, BullMQ waits until it is ready. */
  #backendLike(backend: RedisQueueBackend): RedisQueueBackend {
    if (markedPrototype(backend, "RedisQueueBackend") !== Object.getPrototypeOf(backend))
      throw otherBackend(this.worker.name);
    const connection = this.#park(backend.connection, backend);
    const Backend = backend.constructor as BackendClass;
    const { name, opts } = this.worker;
    const toKey = (type: string) => backend.toKey(type);
    const like = new Backend(connection, name, backend.keys, toKey, opts, this.parked[1]);
    const wait = like.waitUntilReady.bind(like);
    like.waitUntilReady = () => {
      like.waitUntilReady = wait;
      this.end();
      return wait();
    };
    return like;
  }
}

/** When a constructor assigns this property, the object gets what `replace` returns for it. */
function replaceAssigned(object: object, name: string, replace: (assigned: unknown) => unknown): void {
  const common = { configurable: true, enumerable: true };
  Object.defineProperty(object, name, {
    ...common,
    get: () => undefined,
    set: (assigned: unknown) => {
      const value = replace(assigned);
      Object.defineProperty(object, name, { ...common, writable: true, value });
    },
  });
}
