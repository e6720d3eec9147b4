// Mutations of how the ends of jobs are written.
import type { Mutation } from "./mutation.ts";
import { endsWorker, hasDuring, hasOnly } from "./shown-by.ts";

export const ends: readonly Mutation[] = [
  {
    name: "A2",
    what: "a refused end is given up after one retry, and forgotten",
    file: "worker/jobs/job-mover.ts",
    from: `      if (refusal === "final") throw cause;`,
    to: `      if (refusal === "final" || (refusal !== "notHeld" && retries > 0)) throw cause;`,
    needs: ["refusal"],
  },
  {
    name: "A2b",
    what: "a job whose end was given up is handed back as undelivered",
    file: "worker/jobs/held-jobs.ts",
    from: "    return this.#givenUp.has(`${token} ${jobId}`);",
    to: `    return this.#givenUp.has("") && jobId === token;`,
    needs: ["refusal"],
    isShownBy: ({ calmAtMs }) => calmAtMs > 60_000,
  },
  {
    name: "A3",
    what: "a processor that says that it moved its job is believed",
    file: "worker/jobs/job-runner.ts",
    from: `    const isUnmoved = moveSaid(thrown) !== undefined && (await this.#isOurs(held));`,
    to: `    const isUnmoved = moveSaid(thrown) === "never" && (await this.#isOurs(held));`,
    needs: ["unmovedDelay", "unmovedWait", "unmovedChildren"],
  },
  {
    name: "A5",
    what: "no hook hears of the failures that the keeper decides on",
    file: "keeper/hand-back-jobs.ts",
    from: `  if (report === undefined) return "neither";
  parts.ended(report);`,
    to: `  if (report === undefined) return "neither";`,
    needs: ["poison", "killWorker"],
  },
  {
    name: "A5b",
    what: "hooks are called before the end is written",
    file: "worker/jobs/job-runner.ts",
    from: `    this.#parts.held.finishing(held);
    const fresh`,
    to: `    this.#parts.held.finishing(held);
    if (!(value instanceof Error)) this.#parts.ends.written({ lane: held.lane, job: held.job, outcome: { result: value } });
    const fresh`,
  },
  {
    name: "M12",
    what: "an end that is written, and whose answer was lost, is dropped",
    file: "bull/worker/accept-written-end.ts",
    from: `      return isEnd(move) && isUnknown;`,
    to: `      return false && isUnknown;`,
    needs: ["loseAnswers"],
    isShownBy: ({ jobs }) => jobs.some(({ attempts = 1 }) => attempts > 1),
  },
  {
    name: "M13",
    what: "ends that could not be written are not passed on",
    file: "worker/jobs/lost-jobs.ts",
    from: `    if (held.outcome !== undefined)
      this.unwritten`,
    to: `    if (held.outcome !== undefined && starts < 0)
      this.unwritten`,
    needs: ["refusal"],
    isShownBy: (scenario) => hasOnly(scenario, "refusal", "signalWorker") && hasDuring(scenario, "refusal", endsWorker),
  },
  {
    name: "M16",
    what: "an end that was written after all is passed on too",
    file: "worker/jobs/held-jobs.ts",
    from: `    this.#lost.remove(held);`,
    to: ``,
    needs: ["refusal"],
    isShownBy: (scenario) => hasDuring(scenario, "refusal", endsWorker),
  },
  {
    name: "M17",
    what: "an undelivered job that Redis refused to fail halfway is not taken back",
    file: "bull/worker/end-job.ts",
    from: `    if (refusalOf(cause) === "final") throw cause;
    const isPartial`,
    to: `    if (refusalOf(cause) === "final" || isInsideScript(cause)) throw cause;
    const isPartial`,
    needs: ["inScript"],
  },
];
