import type { OomWatcher } from "../../cgroup/oom-watcher.ts";
import type { PidsWatcher } from "../../cgroup/pids-watcher.ts";
import type { Event, ExitStatus } from "../state/event.ts";
import type { World } from "../state/world.ts";

export interface LimitWatchers {
  readonly memory: OomWatcher | undefined;
  readonly pidsWatcher: PidsWatcher;
}

/**
 * Adds the kernel's explanation to a death that init did not cause: a SIGKILL may come from the OOM killer, and Node aborts
 * if the kernel refuses one of its threads. Does the same for a failed fork.
 */
export function explainDeath(event: Event, world: World, { memory, pidsWatcher }: LimitWatchers, now: number): Event {
  if (event.kind === "workerNotLaunched" || event.kind === "runnerNotLaunched" || event.kind === "templateBroken")
    return { ...event, why: pidsWatcher.explain(event.why, now) };
  if (!isDeath(event) || !("signal" in event.status) || isOurs(event, world)) return event;
  const { status } = event;
  if (status.signal === "SIGKILL") {
    const outOfMemory = memory?.explain(now);
    return outOfMemory === undefined ? event : { ...event, status: { ...status, outOfMemory } };
  }
  const threadRefusal = status.signal === "SIGABRT" ? pidsWatcher.refused(now) : undefined;
  return threadRefusal === undefined ? event : { ...event, status: { ...status, threadRefusal } };
}

type Death = Extract<Event, { readonly status: ExitStatus }>;

function isDeath(event: Event): event is Death {
  return "status" in event;
}

function isOurs(event: Death, world: World): boolean {
  switch (event.kind) {
    case "workerExited":
      return world.workers.find(({ id }) => id === event.worker)?.state === "killed";
    case "runnerExited":
      return world.runners.some(({ id, state }) => id === event.runner && (state === "killed" || state === "ending"));
    case "templateExited":
      return world.templates.find(({ id }) => id === event.template)?.state === "killed";
    case "keeperExited":
      return world.keeper?.id === event.keeper && world.keeper.state === "killed";
  }
}
