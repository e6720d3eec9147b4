// Mutations of what happens to isolated jobs and their runners.
import type { Mutation } from "./mutation.ts";
import { isolates } from "./shown-by.ts";

export const runners: readonly Mutation[] = [
  {
    name: "R1",
    what: "a crash of a runner counts as a kill from outside",
    file: "init/state/runner-fate.ts",
    from: `fate: faults.has(signal) ? "failed" : "killed"`,
    to: `fate: faults.has(signal) ? "killed" : "killed"`,
    needs: ["crashRunner", "poison", "poisonOnce"],
    isShownBy: isolates,
  },
  {
    name: "R2",
    what: "a runner that is killed from outside fails its job",
    file: "worker/runners/end-judge.ts",
    from: `    if (fate !== "killed") {`,
    to: `    if (fate !== "ordered") {`,
    needs: ["killRunner"],
  },
  {
    name: "R3",
    what: "the end of a job is dropped that is unread when init reports the end of its runner",
    file: "worker/runners/end-judge.ts",
    from: `    if (runner.isClosed) return this.#judge(runner);
    afterTwice`,
    to: `    if (runner.end !== undefined) return this.#judge(runner);
    afterTwice`,
    isShownBy: isolates,
  },
  {
    name: "R4",
    what: "the end of a runner is judged when it closes its channel, before init reports it",
    file: "worker/runners/end-judge.ts",
    from: `    runner.isClosed = true;
`,
    to: `    runner.isClosed = true;
    runner.end ??= { fate: "killed", why: "it closed its channel" };
`,
    isShownBy: isolates,
  },
];
