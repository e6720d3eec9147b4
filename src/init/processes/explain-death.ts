import type { OomWitness } from "../../cgroup/oom-witness.ts";
import type { RoomWitness } from "../../cgroup/pids.ts";
import type { Event, ExitStatus } from "../state/event.ts";
import type { World } from "../state/world.ts";

export interface Witnesses {
  readonly memory: OomWitness | undefined;
  readonly room: RoomWitness;
}

/**
 * The event with what the kernel knows of a death that init did not bring about: a SIGKILL may be the OOM killer's, and Node
 * aborts where it is refused one of its threads. So too of a fork that failed.
 */
export function explainDeath(event: Event, world: World, { memory, room }: Witnesses, now: number): Event {
  if (event.kind === "workerNotBorn" || event.kind === "templateBroken")
    return { ...event, why: room.explain(event.why, now) };
  if (!isDeath(event) || !("signal" in event.status) || isOurs(event, world)) return event;
  const { status } = event;
  if (status.signal === "SIGKILL") {
    const outOfMemory = memory?.explain(now);
    return outOfMemory === undefined ? event : { ...event, status: { ...status, outOfMemory } };
  }
  const noRoom = status.signal === "SIGABRT" ? room.refused(now) : undefined;
  return noRoom === undefined ? event : { ...event, status: { ...status, noRoom } };
}

type Death = Extract<Event, { readonly status: ExitStatus }>;

function isDeath(event: Event): event is Death {
  return "status" in event;
}

function isOurs(event: Death, world: World): boolean {
  switch (event.kind) {
    case "workerExited":
      return world.workers.find(({ id }) => id === event.worker)?.state === "killed";
    case "templateExited":
      return world.templates.find(({ id }) => id === event.template)?.state === "killed";
    case "keeperExited":
      return world.keeper?.id === event.keeper && world.keeper.state === "killed";
  }
}
