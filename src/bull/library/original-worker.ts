import type { Worker } from "bullmq";

type WorkerClass = typeof Worker;

const originals = new WeakMap<object, WorkerClass>();

/** Notes that the application's Workers are created by `stand` in place of BullMQ's class. */
export function noteOriginal(stand: WorkerClass, original: WorkerClass): void {
  originals.set(stand, original);
}

/** BullMQ's own class, for the Workers that forker creates. */
export function originalWorker(found: WorkerClass): WorkerClass {
  return originals.get(found) ?? found;
}
