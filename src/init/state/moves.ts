import type { Limits } from "./limits.ts";
import type { Keeper, KeeperState, Phase, Template, TemplateState, Worker, WorkerState, World } from "./world.ts";

const workerMoves: Record<WorkerState, readonly WorkerState[]> = {
  asked: ["starting", "stopping", "killed"],
  starting: ["standby", "stopping", "killed"],
  standby: ["taking", "draining", "stopping", "killed"],
  taking: ["draining", "stopping", "killed"],
  draining: ["draining", "stopping", "killed"],
  stopping: ["killed"],
  killed: ["killed"],
};

/** The one setter of a worker's state. A move that the table does not know is a fault of ours. */
export function moveWorker(worker: Worker, next: WorkerState, deadline: number): void {
  if (!workerMoves[worker.state].includes(next)) {
    throw new Error(`worker ${worker.id} of slot ${worker.slot} cannot go from ${worker.state} to ${next}`);
  }
  worker.state = next;
  worker.deadline = deadline;
}

const templateMoves: Record<TemplateState, readonly TemplateState[]> = {
  loading: ["ready", "killed"],
  ready: ["retiring", "killed"],
  retiring: ["killed"],
  killed: ["killed"],
};

export function moveTemplate(template: Template, next: TemplateState, deadline: number): void {
  if (!templateMoves[template.state].includes(next)) {
    throw new Error(`template ${template.id} cannot go from ${template.state} to ${next}`);
  }
  template.state = next;
  template.deadline = deadline;
}

const keeperMoves: Record<KeeperState, readonly KeeperState[]> = {
  starting: ["ready", "killed"],
  ready: ["killed"],
  killed: ["killed"],
};

export function moveKeeper(keeper: Keeper, next: KeeperState, deadline: number): void {
  if (!keeperMoves[keeper.state].includes(next)) {
    throw new Error(`keeper ${keeper.id} cannot go from ${keeper.state} to ${next}`);
  }
  keeper.state = next;
  keeper.deadline = deadline;
}

/** There is no way back. Jobs that wait with a keeper have no longer than a lock lasts from here on, whether it lives or not. */
export function beginToLeave(
  world: World,
  phase: Extract<Phase, "draining" | "stopping">,
  limits: Limits,
  now: number,
): void {
  world.phase = phase;
  world.keptBackUntil = Math.min(world.keptBackUntil, now + limits.lockDurationMs);
}
