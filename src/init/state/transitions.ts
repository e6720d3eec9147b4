import type { KeeperState } from "./keeper.ts";
import type { RunnerState } from "./runner.ts";
import type { TemplateState } from "./template.ts";
import type { WorkerState } from "./worker.ts";

export const transitionWorker = setter<WorkerState>("worker", {
  asked: ["starting", "stopping", "killed"],
  starting: ["standby", "spare", "stopping", "killed"],
  standby: ["taking", "draining", "stopping", "killed"],
  spare: ["taking", "draining", "stopping", "killed"],
  taking: ["draining", "stopping", "killed"],
  draining: ["draining", "stopping", "killed"],
  stopping: ["killed"],
  killed: ["killed"],
});

export const transitionTemplate = setter<TemplateState>("template", {
  loading: ["ready", "killed"],
  ready: ["retiring", "killed"],
  retiring: ["killed"],
  killed: ["killed"],
});

export const transitionKeeper = setter<KeeperState>("keeper", {
  starting: ["ready", "killed"],
  ready: ["killed"],
  killed: ["killed"],
});

export const transitionRunner = setter<RunnerState>("runner", {
  asked: ["primed", "ending", "killed"],
  primed: ["running", "ending", "killed"],
  running: ["ending", "killed"],
  ending: ["killed"],
  killed: ["killed"],
});

interface Stateful<State> {
  readonly id: number;
  state: State;
  deadline: number;
}

/** The only setter of a process's state. A transition that the table does not list is a bug in forker. */
function setter<State extends string>(role: string, transitions: Record<State, readonly State[]>) {
  return (process: Stateful<State>, next: State, deadline: number): void => {
    if (!transitions[process.state].includes(next)) {
      throw new Error(`${role} ${process.id} cannot go from ${process.state} to ${next}`);
    }
    process.state = next;
    process.deadline = deadline;
  };
}
