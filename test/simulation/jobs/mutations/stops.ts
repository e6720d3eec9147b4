// Mutations of how jobs and workers are stopped.
import type { Mutation } from "./mutation.ts";
import { endsWorker, hasDuring } from "./shown-by.ts";

export const stops: readonly Mutation[] = [
  {
    name: "A9",
    what: "a stopped job is retried although its processor throws an UnrecoverableError",
    file: "worker/jobs/job-runner.ts",
    from: `    if (outcome === "retry") return isFinal(this.#parts.bull.api, cause) ? cause : reason;`,
    to: `    if (outcome === "retry") return reason;`,
    needs: ["stopJob", "signalWorker", "signalForker"],
    isShownBy: ({ jobs, settings }) =>
      settings.some(({ stoppedJobs }) => stoppedJobs === "retry") &&
      jobs.some(({ data, attempts = 1 }) => data.kind === "abortUnrecoverable" && attempts > 1),
  },
  {
    name: "A9b",
    what: "a job that returned because its signal was aborted is reported as having ended by itself",
    file: "worker/jobs/job-runner.ts",
    from: `        held.endedByItself = held.ending === undefined || held.controller === undefined;`,
    to: `        held.endedByItself = true;`,
    needs: ["stopJob"],
  },
  {
    name: "M6",
    what: "a suspended worker takes jobs",
    file: "worker/orders/mode.ts",
    from: `  suspended: "none",`,
    to: `  suspended: "take",`,
    needs: ["signalWorker", "signalForker"],
  },
  {
    name: "M7",
    what: "no job reaches its time limit",
    file: "worker/jobs/time-limiter.ts",
    from: `    this.#timers.set(held, setTimeout(due, softMs));`,
    to: `    this.#timers.set(held, setTimeout(due, softMs * 1_000));`,
    needs: ["endless"],
  },
  {
    name: "M14",
    what: "a job that was taken while the worker was ordered to stop runs",
    file: "worker/queues/admission.ts",
    from: `    const isWanted = this.#fetchMode !== "none" && !this.#isPaused;`,
    to: `    const isWanted = !this.#isPaused;`,
    needs: ["slowNetwork", "slowLink"],
    isShownBy: (scenario) =>
      hasDuring(scenario, "slowNetwork", endsWorker) || hasDuring(scenario, "slowLink", endsWorker),
  },
];
