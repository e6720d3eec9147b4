import { type Event, type ExitStatus, exitText } from "./event.ts";
import type { LoadedApplication } from "./generation.ts";
import { backOffMs, hasLived, type Limits } from "./limits.ts";
import { beginToLeave, isLeaving } from "./phase.ts";
import type { Template } from "./template.ts";
import { transitionTemplate } from "./transitions.ts";
import type { World } from "./world.ts";

export type TemplateEvent = Extract<Event, { template: number }>;

export function applyTemplateEvent(
  world: World,
  template: Template,
  event: TemplateEvent,
  limits: Limits,
  now: number,
): void {
  switch (event.kind) {
    case "templateLaunched":
      template.pid = event.pid;
      return;
    case "templateTrying":
      if (template.state !== "loading") return;
      template.isTrying = true;
      template.deadline = now + limits.trialTimeMs;
      return;
    case "templateLoaded":
      if (template.state === "loading") templateLoaded(world, template, event.loaded, now);
      return;
    case "forkClaimRefused":
      return;
    case "templateBroken":
      template.broken ??= event.why;
      return;
    case "templateFailed":
      template.failure ??= event.failure;
      if (template.state === "loading") template.deadline = Math.min(template.deadline, now + limits.exitTimeMs);
      return;
    case "templateChannelClosed":
      template.isCutOff = true;
      template.deadline = Math.min(template.deadline, now + limits.exitTimeMs);
      return;
    case "templateExited":
      world.templates.splice(world.templates.indexOf(template), 1);
      templateEnded(world, template, event.status, limits, now);
      return;
  }
}

function templateLoaded(world: World, template: Template, loaded: LoadedApplication, now: number): void {
  transitionTemplate(template, "ready", Infinity);
  template.readyAt = now;
  template.isTrying = false;
  if (world.candidate?.number === template.generation) {
    world.candidate.loaded = { number: template.generation, ...loaded };
    return;
  }
  // It replaces a template that died. If it cannot fork, the generation's workers are spawned.
  if (world.current?.number === template.generation && world.current.engine === "fork")
    world.current = { ...world.current, engine: loaded.engine, engineReason: loaded.engineReason };
}

function templateEnded(world: World, template: Template, status: ExitStatus, limits: Limits, now: number): void {
  const ordered = world.workers.filter((worker) => worker.pid === undefined && worker.template === template.id);
  for (const runner of world.runners)
    if (runner.pid === undefined && runner.template === template.id)
      runner.deadline = Math.min(runner.deadline, now + limits.orphanTimeMs);
  for (const worker of ordered) worker.deadline = Math.min(worker.deadline, now + limits.orphanTimeMs);
  if (isLeaving(world) || template.state === "retiring") return;
  const lost = lostInTrial(template, status);
  if (world.candidate?.number === template.generation) {
    if (lost !== undefined && limits.engine === "auto") {
      world.candidate.spawnReason = lost;
      return;
    }
    world.candidate = undefined;
    if (world.current !== undefined) return;
    world.exit = template.failure?.exit ?? (isRefused(status) ? "system" : "bootFailure");
    beginToLeave(world, "stopping", limits, now);
  } else if (template.generation === world.current?.number) {
    world.templateFailures = hasLived(template.readyAt, limits, now) ? 1 : world.templateFailures + 1;
    if (lost !== undefined || (template.state === "ready" && ordered.length > 0)) world.brokenTemplates += 1;
    const failures = Math.max(world.templateFailures, world.brokenTemplates);
    world.templateNotBefore = now + backOffMs(failures, limits);
  }
}

/** Whether the system refused the process, or one of the threads without which Node aborts. */
function isRefused(status: ExitStatus): boolean {
  if ("signal" in status) return status.threadRefusal !== undefined;
  return "unknown" in status && status.notStarted !== undefined;
}

/** The trial fork calls Node's own code by its symbols. If this Node differs from the expected one, the template may die of it. */
export function lostInTrial(template: Template, status: ExitStatus): string | undefined {
  if (!template.isTrying || !("signal" in status)) return undefined;
  const how = template.state === "killed" ? "did not return" : exitText(status);
  return `the template ${how} during its trial fork`;
}
