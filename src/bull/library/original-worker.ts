import type { Worker } from "bullmq";

type WorkerClass = typeof Worker;

const originals = new WeakMap<object, WorkerClass>();
const replaced = new WeakSet<object>();
let isOwn = false;

/** Notes that the application's Workers are created by `stand` in place of BullMQ's class. */
export function noteOriginal(stand: WorkerClass, original: WorkerClass): void {
  originals.set(stand, original);
  replaced.add(original.prototype as object);
}

/** Whether a stand creates the Workers of the class with this prototype. */
export function hasStand(prototype: object): boolean {
  return replaced.has(prototype);
}

/** BullMQ's own class, for the Workers that forker creates. */
export function originalWorker(found: WorkerClass): WorkerClass {
  return originals.get(found) ?? found;
}

/** Creates a Worker that is forker's own, and not the application's. */
export function createOwn<Made>(create: () => Made): Made {
  isOwn = true;
  try {
    return create();
  } finally {
    isOwn = false;
  }
}

export function isCreatingOwn(): boolean {
  return isOwn;
}
