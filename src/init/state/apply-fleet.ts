import { type FleetOrderName, type FleetRule, isLaterCommand, noRule } from "../../protocol/fleet.ts";
import { applyOrder } from "./apply-order.ts";
import type { Event } from "./event.ts";
import type { FleetAnswerOfInit } from "./fleet-state.ts";
import type { Limits } from "./limits.ts";
import { isLeaving } from "./phase.ts";
import type { Worker } from "./worker.ts";
import { obeysSuspension } from "./worker-facts.ts";
import type { World } from "./world.ts";

/** A keeper that dies may leave some unwritten. Nobody waits for older ones. */
const mostAnswers = 16;

type Restarted = Extract<Event, { kind: "fleetRestarted" }>;
type Ordered = Extract<Event, { kind: "fleetOrdered" }>;

/** Whether init has not obeyed the command yet. A keeper that replaces another may read it again. */
export function isNewCommand(world: World, { command }: Pick<Ordered, "command">): boolean {
  return isLaterCommand(command, world.fleet.after);
}

/** Obeys a command of the fleet at most once. A command to stop a job is answered when the job has ended. */
export function obeyFleet(world: World, event: Ordered, limits: Limits, now: number): void {
  if (!isNewCommand(world, event)) return;
  const { command, order } = event;
  world.fleet = { ...world.fleet, after: command };
  if (order.name === "stopJob") return;
  const refusal = isLeaving(world) ? refusalWhileLeaving[order.name] : refusalOfRule(world, event.rule);
  if (refusal !== undefined) {
    addFleetAnswer(world, { command, outcome: "refused", text: refusal });
    return;
  }
  if (event.rule !== undefined) followRule(world, event.rule, limits, now);
  else applyOrder(world, { kind: order.name }, limits, now);
  addFleetAnswer(world, { command, outcome: "done", text: texts[order.name] });
}

const texts = { suspend: "suspended", resume: "resumed", reload: "reloading", drain: "draining" } as const;

const refusalWhileLeaving: Readonly<Partial<Record<FleetOrderName, string>>> = {
  resume: "it is about to exit",
  reload: "it is about to exit",
};

/** Redis may have lost the rule that init follows, and number later ones below it. */
function refusalOfRule(world: World, rule: FleetRule | undefined): string | undefined {
  const known = world.fleet.rule;
  if (rule === undefined || known === undefined) return undefined;
  if (rule.number >= known.number || rule.suspended === known.suspended) return undefined;
  return `it follows a rule with a larger number, of ${known.by}`;
}

/**
 * Suspends or resumes all workers, if the rule is newer than the one that init follows. A forker that starts in a fleet that is not
 * suspended has nothing to resume: it may have been suspended by a signal.
 */
export function followRule(world: World, rule: FleetRule, limits: Limits, now: number): void {
  const known = world.fleet.rule;
  if (!isNewRule(world, rule)) return;
  world.fleet = { ...world.fleet, rule };
  if (isLeaving(world) || (known === undefined && !rule.suspended)) return;
  applyOrder(world, { kind: rule.suspended ? "suspend" : "resume" }, limits, now);
}

/** Commands with smaller ids than those that init has obeyed are later. If Redis has lost those, the next rule of any number is later, too. */
export function restartFleet(world: World, { after, isLost }: Pick<Restarted, "after" | "isLost">): void {
  const { rule } = world.fleet;
  world.fleet = {
    ...world.fleet,
    after,
    rule: rule === undefined || !isLost ? rule : { ...rule, number: noRule.number },
  };
}

export function isNewRule(world: World, rule: FleetRule): boolean {
  return rule.number > (world.fleet.rule?.number ?? -1);
}

/** A worker that has read an old rule has suspended itself, although init no longer wants that: init orders it to resume. */
export function workerReadRule(world: World, worker: Worker, rule: FleetRule, limits: Limits, now: number): void {
  if (isNewRule(world, rule)) followRule(world, rule, limits, now);
  else if (rule.suspended && obeysSuspension(worker)) worker.toldSuspended = true;
}

export function addFleetAnswer(world: World, { command, outcome, text }: FleetAnswerOfInit): void {
  const answers = [...world.fleet.answers, { command, outcome, text }].slice(-mostAnswers);
  world.fleet = { ...world.fleet, answers };
}
