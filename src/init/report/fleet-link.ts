import { formatRange, formatWorkerSpec } from "../../config/workload.ts";
import type { StopJobAnswer } from "../../protocol/ask-message.ts";
import type { Announcement, FleetOutcome } from "../../protocol/fleet.ts";
import type { JobName } from "../../protocol/messages.ts";
import { jobText, printable } from "../../text/printable.ts";
import type { Children } from "../processes/children.ts";
import { isNewCommand } from "../state/apply-fleet.ts";
import type { Event } from "../state/event.ts";
import type { FleetAnswerOfInit } from "../state/fleet-state.ts";
import { isSlotOfRange, rangesOf, slotSpecs } from "../state/wanted-slots.ts";
import { jobsOf } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";
import { isReloading } from "./build-status.ts";

/** The keeper announces the forker at intervals; more often than this, init does not tell it about changes. */
const announceEveryMs = 1_000;
const namedJobs = 10;
const longestWorkload = 200;

export interface FleetLinkDependencies {
  readonly world: World;
  readonly children: Pick<Children, "keeper">;
  readonly host: string;
  readonly version: string;
  /** Resolves when init knows how the job ended. */
  readonly stopJob: (job: JobName) => Promise<StopJobAnswer>;
  readonly push: (event: Event) => void;
}

/** Tells the keeper what to announce to the fleet, and init's answers to the fleet's commands. */
export class FleetLink {
  readonly #with: FleetLinkDependencies;
  #keeper: number | undefined;
  #announced = "";
  #announcedAt = -Infinity;
  #sent = new Set<FleetAnswerOfInit>();

  constructor(dependencies: FleetLinkDependencies) {
    this.#with = dependencies;
  }

  /** Called before the event changes the world. */
  happened(event: Event): void {
    if (event.kind !== "fleetOrdered" || event.order.name !== "stopJob") return;
    if (isNewCommand(this.#with.world, event)) void this.#stopJob(event.command, event.order);
  }

  turned(now: number): void {
    const { world, children } = this.#with;
    if (world.keeper?.state !== "ready") return;
    if (this.#keeper !== world.keeper.id) {
      this.#keeper = world.keeper.id;
      this.#announced = "";
      this.#announcedAt = -Infinity;
      this.#sent = new Set();
    }
    this.#announce(now);
    const { answers } = world.fleet;
    for (const answer of answers)
      if (!this.#sent.has(answer)) children.keeper?.send({ kind: "fleetAnswer", ...answer });
    this.#sent = new Set(answers);
  }

  #announce(now: number): void {
    if (now - this.#announcedAt < announceEveryMs) return;
    this.#announcedAt = now;
    const { world, children, host, version } = this.#with;
    const announcement = announcementOf(world, host, version);
    const text = JSON.stringify(announcement);
    if (text === this.#announced) return;
    this.#announced = text;
    children.keeper?.send({ kind: "announce", announcement, after: world.fleet.after });
  }

  async #stopJob(command: string, job: JobName): Promise<void> {
    const { stopJob, push } = this.#with;
    const { ended } = await stopJob(job);
    const { outcome, text } = stopAnswers[ended];
    push({ kind: "fleetAnswered", command, outcome, text: text(jobText(job)) });
  }
}

const stopAnswers: Record<StopJobAnswer["ended"], { outcome: FleetOutcome; text: (job: string) => string }> = {
  stopped: { outcome: "done", text: (job) => `stopped ${job}` },
  byItself: { outcome: "done", text: (job) => `${job} had ended by itself` },
  notYet: { outcome: "notYet", text: (job) => `is stopping ${job}, which has not ended yet` },
  notHeld: { outcome: "notHeld", text: (job) => `does not hold ${job}` },
};

export function announcementOf(world: World, host: string, version: string): Announcement {
  const held = world.workers.flatMap(jobsOf);
  return {
    host: printable(host, 255),
    pid: process.pid,
    version,
    generation: world.current?.number ?? 0,
    state: stateOf(world),
    workload: printable(workloadOf(world), longestWorkload),
    workers: world.workers.filter(({ isSpare }) => !isSpare).length,
    jobs: { count: held.length, latest: held.slice(-namedJobs).map(({ queue, id }) => ({ queue, id })) },
  };
}

/** Ranges appear as they were written, however many workers they have. */
function workloadOf(world: World): string {
  const ranges = rangesOf(world);
  return slotSpecs(world)
    .flatMap((spec, slot) => {
      const range = ranges.find((one) => isSlotOfRange(one, slot));
      if (range === undefined) return [formatWorkerSpec(spec)];
      return slot === range.first ? [`${formatWorkerSpec(range.spec)} ${formatRange(range)}`] : [];
    })
    .join("; ");
}

function stateOf(world: World): Announcement["state"] {
  const { phase, suspended } = world;
  if (phase !== "running") return phase;
  if (suspended) return "suspended";
  return isReloading(world) ? "reloading" : "running";
}
