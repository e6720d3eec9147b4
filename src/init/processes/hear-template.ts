import type { Logger } from "pino";
import type { RoomWitness } from "../../cgroup/pids.ts";
import type { Clock } from "../../clock/monotonic.ts";
import type { SparseWarnings } from "../../log/sparse-warnings.ts";
import type { Event } from "../state/event.ts";
import type { TemplateFailure } from "../state/template.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";
import { userOf } from "./known-process.ts";
import { refuseTemplate } from "./refuse-template.ts";
import type { TemplateSaid } from "./translate.ts";

export interface HearTemplateDependencies {
  readonly world: World;
  readonly children: Children;
  readonly room: RoomWitness;
  readonly clock: Clock;
  readonly log: Logger;
  readonly warnings: SparseWarnings;
  readonly push: (event: Event) => void;
}

/** The kernel is asked who it is now, after forker.user(): what it says of itself is the application's word. */
const unseen: TemplateFailure = {
  message: "init cannot see in /proc which user its template runs as: is /proc mounted with hidepid?",
  stack: undefined,
  exit: "system",
};

/** What a template says of its application and of the workers that it was asked for, as events. */
export function hearTemplate({ template: id, message }: TemplateSaid, told: HearTemplateDependencies): void {
  const { world, children, push, log, warnings, room, clock } = told;
  const template = world.templates.find((one) => one.id === id);
  if (template === undefined) return;
  const mine = (slot: number) =>
    world.workers.find((one) => one.slot === slot && one.template === id && one.pid === undefined);
  switch (message.kind) {
    case "loaded": {
      if (template.state !== "loading") return;
      const user = template.pid === undefined ? undefined : userOf(template.pid);
      const failure = user === undefined ? unseen : refuseTemplate(user.uid);
      if (user === undefined || failure !== undefined) {
        push({ kind: "templateFailed", template: id, failure: failure ?? unseen });
        // Not by a signal: that init may not send it any is what is wrong.
        children.template(id)?.send({ kind: "retire" });
        return;
      }
      const { workload: specs, timeLimits, hearsEnds, engine, engineReason, redis } = message;
      log.info({ gen: template.generation, loadMs: Math.round(message.loadMs), engine }, "generation loaded");
      push({
        kind: "templateLoaded",
        template: id,
        loaded: {
          number: template.generation,
          specs,
          timeLimits: timeLimits.map(({ pattern, softMs, hardMs }) => ({ pattern, softMs, hardMs })),
          hearsEnds,
          engine,
          engineReason,
          user,
          redis,
        },
      });
      return;
    }
    case "forked":
      for (const { slot, pid } of message.births) {
        const worker = mine(slot);
        const why = worker && children.workerForked(worker.id, pid);
        if (why !== undefined)
          warnings.warn(
            { slot, gen: template.generation, workerPid: pid, cause: why },
            "a template names a worker that is none",
          );
      }
      return;
    case "forkFailed": {
      const why = room.explain(message.failure.message, clock.now());
      for (const slot of message.slots) {
        const worker = mine(slot);
        if (worker === undefined) continue;
        children.forget({ role: "worker", id: worker.id });
        push({ kind: "workerNotBorn", worker: worker.id, why });
      }
      if (message.broken) push({ kind: "templateBroken", template: id, why });
      return;
    }
  }
}
