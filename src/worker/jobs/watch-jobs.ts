import type { JobWatcher } from "./held-job.ts";

/** Tells several watchers of each job. */
export function watchTogether(watchers: readonly Partial<JobWatcher>[]): JobWatcher {
  return {
    taken(held) {
      for (const watcher of watchers) watcher.taken?.(held);
    },
    started(held) {
      for (const watcher of watchers) watcher.started?.(held);
    },
    waitsAgain(held) {
      for (const watcher of watchers) watcher.waitsAgain?.(held);
    },
    ended(held) {
      for (const watcher of watchers) watcher.ended?.(held);
    },
  };
}
