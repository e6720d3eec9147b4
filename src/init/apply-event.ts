import { applyIntent } from "./apply-intent.ts";
import type { Event, ExitStatus } from "./event.ts";
import { backOffMs, type Limits } from "./limits.ts";
import { moveTemplate, moveWorker, slotOf, type Template, type Worker, type World } from "./world.ts";

/** What an event changes in the world. Events of processes that are already gone change nothing. */
export function applyEvent(world: World, event: Event, limits: Limits, now: number): void {
  if (event.kind === "intent") {
    applyIntent(world, event.intent, limits, now);
    return;
  }
  if ("template" in event) {
    const template = world.templates.find((one) => one.id === event.template);
    if (template !== undefined) applyTemplateEvent(world, template, event, limits, now);
    return;
  }
  const worker = world.workers.find((one) => one.id === event.worker);
  if (worker !== undefined) applyWorkerEvent(world, worker, event, limits, now);
}

type TemplateEvent = Extract<Event, { template: number }>;
type WorkerEvent = Extract<Event, { worker: number }>;

function applyTemplateEvent(world: World, template: Template, event: TemplateEvent, limits: Limits, now: number): void {
  switch (event.kind) {
    case "templateBorn":
      template.pid = event.pid;
      return;
    case "templateLoaded":
      if (template.state !== "loading") return;
      moveTemplate(template, "ready", Infinity);
      if (world.candidate?.number === template.generation) world.candidate.loaded = event.loaded;
      else world.templateFailures = 0;
      return;
    case "templateFailed":
      template.failure ??= event.failure;
      return;
    case "templateExited":
      world.templates.splice(world.templates.indexOf(template), 1);
      templateEnded(world, template, event.status, limits, now);
      return;
  }
}

function templateEnded(world: World, template: Template, status: ExitStatus, limits: Limits, now: number): void {
  for (const worker of world.workers) {
    const unknown = worker.pid === undefined && worker.generation === template.generation;
    if (unknown) worker.deadline = Math.min(worker.deadline, now + limits.orphanTimeMs);
  }
  const leaving = world.phase === "draining" || world.phase === "stopping";
  if (leaving || template.state === "retiring") return;
  if (world.candidate?.number === template.generation) {
    world.candidate = undefined;
    if (world.current !== undefined) return;
    world.exit = template.failure?.exit ?? "bootFailure";
    world.phase = "stopping";
  } else if (template.generation === world.current?.number) {
    world.templateFailures += 1;
    world.templateNotBefore = now + backOffMs(world.templateFailures, limits);
  }
}

function applyWorkerEvent(world: World, worker: Worker, event: WorkerEvent, limits: Limits, now: number): void {
  switch (event.kind) {
    case "workerBorn":
      worker.pid = event.pid;
      if (worker.state === "asked") moveWorker(worker, "starting", worker.deadline);
      return;
    case "workerNotBorn":
      worker.startFailure = event.why;
      workerEnded(world, worker, { unknown: true }, limits, now);
      return;
    case "workerStarted":
      if (worker.state !== "starting") return;
      worker.startedAt = now;
      world.hasStarted = true;
      moveWorker(worker, "standby", Infinity);
      return;
    case "workerStartFailed":
      worker.startFailure = event.why;
      return;
    case "workerPulse":
      followSuspension(world, worker, event.pulse.mode);
      worker.pulse = event.pulse;
      return;
    case "workerFarewell":
      worker.farewell = event.farewell;
      worker.deadline = now + limits.farewellTimeMs;
      return;
    case "workerSilent":
      worker.deadline = Math.min(worker.deadline, now + limits.farewellTimeMs);
      return;
    case "workerExited":
      workerEnded(world, worker, event.status, limits, now);
      return;
  }
}

/** USR2 or CONT that came to the worker's own pid: its slot stays so, also for the worker's successors. */
function followSuspension(world: World, worker: Worker, mode: NonNullable<Worker["pulse"]>["mode"]): void {
  const before = worker.pulse?.mode;
  if (worker.state !== "taking" || before === undefined || before === mode) return;
  const slot = slotOf(world, worker.slot);
  if (slot.suspended !== worker.toldSuspended) return;
  if (mode === "suspended" && !slot.suspended) slot.suspended = worker.toldSuspended = true;
  if (mode === "taking" && before === "suspended" && slot.suspended) slot.suspended = worker.toldSuspended = false;
}

function workerEnded(world: World, worker: Worker, status: ExitStatus, limits: Limits, now: number): void {
  world.workers.splice(world.workers.indexOf(worker), 1);
  settleAccount(world, worker);
  const slot = slotOf(world, worker.slot);
  if (worker.startedAt !== undefined) slot.restarts += 1;
  const asked = worker.state === "draining" || worker.state === "stopping";
  const orderly = worker.farewell !== undefined && "exitCode" in status && status.exitCode === 0;
  if (asked || orderly) {
    if (worker.startedAt !== undefined) slot.failures = 0;
    return;
  }
  if (worker.generation === world.candidate?.number && worker.startedAt === undefined) world.candidate.failures += 1;
  const lived = worker.startedAt === undefined ? 0 : now - worker.startedAt;
  slot.failures = lived >= limits.healthyAfterMs ? 1 : slot.failures + 1;
  slot.notBefore = now + backOffMs(slot.failures, limits);
}

/** A worker that said farewell has told all; of one that was killed we know what its last pulse said. */
function settleAccount(world: World, worker: Worker): void {
  const told = worker.farewell ?? worker.pulse;
  if (told === undefined) return;
  const slot = slotOf(world, worker.slot);
  slot.finished += told.finished;
  slot.failed += told.failed;
  world.account.finished += told.finished;
  world.account.failed += told.failed;
  if (worker.farewell !== undefined) {
    world.account.handedBack.push(...worker.farewell.handedBack);
    world.account.lost.push(...worker.farewell.lost);
  } else if (worker.pulse !== undefined) {
    world.account.lost.push(...worker.pulse.holding);
  }
}
