import {
  JobLockLostError,
  JobStoppedError,
  JobTimeoutError,
  WorkerStoppedError,
} from "../bull/worker/abort-reasons.ts";
import { ForkerError } from "../exit/forker-error.ts";

/** The classes of this copy of forker. */
const own = { ForkerError, JobLockLostError, JobStoppedError, JobTimeoutError, WorkerStoppedError };

type ErrorClasses = typeof own;

/** All bundles and versions of forker in a process share the registry of symbols. */
const key = Symbol.for("bullmq-forker.errorClasses");
const shared = globalThis as { [key]?: Partial<ErrorClasses> };

/**
 * Called before the application is loaded. The copy of bullmq-forker that it imports is not the entrypoint's bundle, and has
 * classes of its own. It exports the shared ones instead, so that `instanceof` holds for the errors that forker throws.
 */
export function shareErrorClasses(): void {
  Object.defineProperty(shared, key, { value: own, configurable: true });
}

/** Whether this process is one of forker's, which has loaded the application, or is about to. */
export function isLoadedByForker(): boolean {
  return shared[key] !== undefined;
}

/**
 * Makes this copy's errors instances of the application's classes, which were created before this copy was loaded: their
 * prototypes become the parents of this copy's.
 */
export function throwInstancesOf(classes: ErrorClasses): void {
  for (const name of Object.keys(own) as (keyof ErrorClasses)[]) {
    const { prototype } = own[name];
    if (classes[name] !== own[name]) Object.setPrototypeOf(prototype, classes[name].prototype);
  }
}

/** What the application imports: forker's classes in a process of forker, this copy's own in any other. */
export function errorClasses(): ErrorClasses {
  return { ...own, ...shared[key] };
}
