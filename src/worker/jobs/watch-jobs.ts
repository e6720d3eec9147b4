import type { JobWatcher } from "./held-jobs.ts";

/** Tells several watchers of each job. */
export function watchTogether(watchers: readonly Partial<JobWatcher>[]): JobWatcher {
  return {
    began(held) {
      for (const watcher of watchers) watcher.began?.(held);
    },
    ended(held) {
      for (const watcher of watchers) watcher.ended?.(held);
    },
  };
}
