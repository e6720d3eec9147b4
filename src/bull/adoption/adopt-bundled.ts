import type { BullWorker } from "../library/bull-types.ts";
import { unrecognized } from "../library/bundle-files.ts";
import { type BundledCopy, bundledCopy } from "../library/bundled-copy.ts";
import { markedPrototype, resemblesWorker } from "../library/marks.ts";
import { hasStand, isCreatingOwn } from "../library/original-worker.ts";
import { watchNewEmitters } from "../parking/new-emitters.ts";
import { changeMethods } from "./adopted-methods.ts";
import { AdoptedWorker } from "./adopted-worker.ts";
import type { AdoptedWorkers } from "./adopted-workers.ts";
import { blockingConnection } from "./blocking-connection.ts";
import { Construction } from "./construction.ts";
import { givenOptions } from "./given-options.ts";

/** By the prototype of its Worker. undefined: its first Worker is being constructed. */
const copies = new Map<object, BundledCopy | undefined>();
const constructions = new WeakMap<BullWorker, Construction>();
let current: Construction | undefined;

/**
 * From now on, the Workers of each copy of BullMQ that is not a package are adopted, too. A Worker is recognized by its methods when
 * its constructor begins: it is an EventEmitter, and so are its connections.
 */
export function adoptBundled(adopted: AdoptedWorkers): void {
  watchNewEmitters((emitter) => meet(emitter, adopted));
}

function meet(emitter: object, adopted: AdoptedWorkers): void {
  if (resemblesWorker(emitter)) return isCreatingOwn() ? undefined : begin(emitter as BullWorker, adopted);
  if (current === undefined) return;
  if (markedPrototype(emitter, "RedisConnection") !== undefined) {
    if (current.isConnecting) current.hold(emitter);
    return;
  }
  // A queue or a flow producer: the constructor of the Worker has thrown, or is over.
  const isBackend = markedPrototype(emitter, "RedisQueueBackend") !== undefined;
  if ("waitUntilReady" in emitter && !isBackend) current = undefined;
}

function begin(worker: BullWorker, adopted: AdoptedWorkers): void {
  current = undefined;
  const prototype = markedPrototype(worker, "Worker");
  if (prototype === undefined) throw adopted.refuse(unrecognized("one"));
  if (hasStand(prototype)) return;
  if (!copies.has(prototype)) {
    copies.set(prototype, undefined);
    changeMethods({ prototype: prototype as BullWorker }, adopted, (one) => constructions.get(one)?.end());
  }
  const construction = new Construction(worker, (ended) => {
    try {
      adopt(ended, prototype, adopted);
    } catch (cause) {
      throw adopted.refuse(cause);
    }
  });
  constructions.set(worker, construction);
  current = construction;
  queueMicrotask(() => {
    if (current === construction) current = undefined;
    construction.leave();
  });
}

function adopt(construction: Construction, prototype: object, adopted: AdoptedWorkers): void {
  const { worker, parked } = construction;
  const copy = copies.get(prototype) ?? bundledCopy({ worker, Worker: prototype.constructor, ...construction.shown });
  copies.set(prototype, copy);
  const options = givenOptions(worker.opts);
  const one = new AdoptedWorker({
    worker,
    options,
    parked,
    openBlocking: () => blockingConnection(copy.api.RedisConnection, worker, options.connection),
    changed: () => adopted.changed(),
    closed: (closed) => adopted.remove(closed),
  });
  adopted.add(one, copy);
}
