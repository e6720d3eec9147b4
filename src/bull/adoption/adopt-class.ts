import path from "node:path";
import type { Worker, WorkerOptions } from "bullmq";
import { notePossibleWait } from "../../engine/progress/waits.ts";
import type { BullWorker } from "../library/bull-types.ts";
import { noteOriginal } from "../library/original-worker.ts";
import { type BullModules, defineScriptsEarly, noteUses, withConnections } from "../library/worker-parts.ts";
import { noteAwaitedCall, whileParking } from "../parking/parked-clients.ts";
import { changeMethods } from "./adopted-methods.ts";
import { AdoptedWorker } from "./adopted-worker.ts";
import type { AdoptedWorkers } from "./adopted-workers.ts";
import { blockingConnection } from "./blocking-connection.ts";
import { otherBackend } from "./other-backend.ts";
import { type ParkedConnection, parkingClass } from "./parked-connection.ts";

type WorkerClass = typeof Worker;
type Given = WorkerOptions & { readonly connection?: unknown };
/** BullMQ's own parameters. The last is a factory of backends or, in version 5, a class of connections. */
type Parameters = readonly [name: string, processor: unknown, options: Given | undefined, factory: unknown];

/** One package of BullMQ in this process. */
export interface PackageCopy {
  readonly kind: "package";
  readonly modules: BullModules;
  readonly mainFile: string;
}

/**
 * From now on, the Workers of this copy of BullMQ are adopted when they are created. They are objects of BullMQ's own class, or of
 * the application's subclasses.
 */
export function adoptClass(copy: PackageCopy, adopted: AdoptedWorkers): void {
  const { modules } = copy;
  const { Worker: original } = modules.worker;
  changeMethods(original, adopted);
  whileParking(() =>
    noteUses(modules, path.dirname(copy.mainFile), (by) => {
      if (by === "call") noteAwaitedCall();
      else notePossibleWait();
    }),
  );
  // The workers share what a parked client has.
  whileParking(() => defineScriptsEarly(modules));
  const stand: WorkerClass = new Proxy(original, {
    construct: (_original, given, newTarget) =>
      create(copy, adopted, original, given as unknown as Parameters, newTarget),
  });
  noteOriginal(stand, original);
  modules.worker.Worker = stand;
}

function create(
  copy: PackageCopy,
  adopted: AdoptedWorkers,
  original: WorkerClass,
  given: Parameters,
  newTarget: object,
): BullWorker {
  const [name, processor, options, factory] = given;
  const construct = (values: readonly unknown[]) =>
    Reflect.construct(original, values, newTarget as WorkerClass) as BullWorker;
  // BullMQ refuses a Worker without a connection.
  if (options?.connection === undefined || options.connection === null) return construct(given);
  if (!usesRedis(copy.modules, factory)) throw adopted.refuse(otherBackend(name));
  const parked: ParkedConnection[] = [];
  notePossibleWait();
  const worker = withConnections(copy.modules, parkingClass(parked), () =>
    construct([name, processor, { ...options, autorun: false, connection: {} }]),
  );
  const { autorun = true, connection } = options;
  Object.assign(worker.opts, { autorun, connection });
  const one = new AdoptedWorker({
    worker,
    options,
    given: processor,
    parked,
    openBlocking: () => blockingConnection(copy.modules.connection.RedisConnection, worker, connection),
    changed: () => adopted.changed(),
    closed: (closed) => adopted.remove(closed),
  });
  adopted.add(one, copy);
  if (autorun && one.processor !== undefined) worker.run().catch((error: Error) => worker.emit("error", error));
  return worker;
}

function usesRedis({ backend }: BullModules, factory: unknown): boolean {
  if (backend === undefined) return factory === undefined;
  return (factory ?? backend.getDefaultBackendFactory()) === backend.createRedisBackend;
}
