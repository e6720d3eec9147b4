import { isDeepStrictEqual } from "node:util";
import { type WorkerSpec, withoutRange } from "./workload.ts";

/**
 * One worker for all queues of a workload: their patterns in the order of the specs, and the highest concurrency, if a spec has
 * one. A negation remains only if no spec takes what it excludes, and weights only if all specs are the same.
 */
export function oneWorkerOf(workload: readonly WorkerSpec[]): WorkerSpec {
  const patterns = new Set(workload.flatMap((spec) => spec.queues));
  const isShared = (pattern: string) => workload.every((spec) => spec.queues.includes(pattern));
  const limits = workload.flatMap(({ concurrency }) => concurrency ?? []);
  const [first] = workload;
  if (first !== undefined && workload.every((spec) => isDeepStrictEqual(withoutRange(spec), withoutRange(first))))
    return withoutRange(first);
  return {
    queues: [...patterns].filter((pattern) => !pattern.startsWith("!") || isShared(pattern)),
    ...(limits.length > 0 && { concurrency: Math.max(...limits) }),
  };
}
