import type { Kind } from "../application/job-data.ts";
import type { JobsFault, JobsScenario } from "../scenario/scenario.ts";

/** A way to break forker: the first text is replaced by the second one in this file of src. */
export interface Mutation {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Worlds without any of these faults and kinds of jobs are left out: they cannot show it. undefined: any world may. */
  readonly needs?: readonly (JobsFault["kind"] | Kind)[];
}

export const mutations: readonly Mutation[] = [
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
    from: `    return this.#givenUp.has(tokenAndId(token, jobId));`,
    to: `    return this.#givenUp.has("") && jobId === token;`,
    needs: ["refusal"],
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
    name: "A4",
    what: "a rate limit is trusted until its end",
    file: "bull/worker/lane.ts",
    from: `    worker.limitUntil = Math.min(worker.limitUntil, Date.now() + this.traits.longestLimitMs);`,
    to: ``,
    needs: ["limitQueue"],
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
    name: "A6",
    what: "a worker that dies with a job counts as one that crashed at its start",
    file: "init/state/respawn-pauses.ts",
    from: `  slot.startFailures = wasOfUse || hadJobs ? 0 : slot.startFailures + 1;`,
    to: `  slot.startFailures = slot.startFailures + 1;`,
    needs: ["poison"],
  },
  {
    name: "A8",
    what: "a processor does not hear that another worker has its job",
    file: "worker/jobs/expired-locks.ts",
    from: `    this.#parts.held.drop(held, new JobLockLostError(why));`,
    to: `    if (held.ending !== undefined) this.#parts.held.drop(held, new JobLockLostError(why));`,
    needs: ["cutOff"],
  },
  {
    name: "A8b",
    what: "the keeper claims a known job without a lock that another worker has started since",
    file: "bull/keys/held-lock-scripts.ts",
    from: `  if not token and known[id] and (known[id] == "" or redis.call("HGET", ARGV[1] .. id, "\${jobField.attemptsStarted}") == known[id]) then`,
    to: `  if not token and known[id] then`,
    needs: ["cutOff", "freezeWorker"],
  },
  {
    name: "A9",
    what: "a stopped job is retried although its processor throws an UnrecoverableError",
    file: "worker/jobs/job-runner.ts",
    from: `    if (outcome === "retry") return isFinal(this.#parts.bull.api, cause) ? cause : reason;`,
    to: `    if (outcome === "retry") return reason;`,
    needs: ["abortUnrecoverable"],
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
    name: "M1",
    what: "the keeper does not renew the locks of blocked workers",
    file: "keeper/keeper.ts",
    from: `Promise.all([this.#renew(), this.#handBackLate()])`,
    to: `Promise.all([this.#handBackLate()])`,
    needs: ["blockWorker", "freezeWorker", "stopWorker"],
  },
  {
    name: "M2",
    what: "deaths do not fail a job",
    file: "keeper/hand-back-jobs.ts",
    from: `  if (deaths > parts.deathsAtMost(lane)) return`,
    to: `  if (deaths > 1_000) return`,
    needs: ["poison"],
  },
  {
    name: "M3",
    what: "the keeper looks only once for the jobs of a dead worker",
    file: "keeper/keeper.ts",
    from: `        this.#dead.set(order, performance.now() + lockDurationMs);`,
    to: ``,
    needs: ["killWorker", "poison"],
  },
  {
    name: "M4",
    what: "lost markers are not restored",
    file: "worker/queues/maintenance.ts",
    from: `    const active = await markers.restore(due.map((lane) => lane.keys));`,
    to: `    const active = new Set(due.map((lane) => lane.keys.active)); void markers;`,
    needs: ["killWorker", "loseAnswers", "cutOff"],
  },
  {
    name: "M5",
    what: "undelivered jobs are not searched for",
    file: "worker/consumer.ts",
    from: `      await undelivered.handBack(lanes);`,
    to: `      void lanes;`,
    needs: ["loseAnswers", "closeConnections", "cutOff"],
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
    name: "M8",
    what: "a suspect runs together with other jobs",
    file: "worker/queues/suspect-isolation.ts",
    from: `    if (!isSuspect) return true;`,
    to: `    if (!isSuspect || running > 0) return true;`,
    needs: ["poison", "poisonOnce"],
  },
  {
    name: "M9",
    what: "one job more than the concurrency runs",
    file: "worker/queues/places.ts",
    from: `    return this.#taken(lane) - fetching < this.#limit(lane);`,
    to: `    return this.#taken(lane) - fetching <= this.#limit(lane);`,
  },
  {
    name: "M10",
    what: "expired locks are not taken again",
    file: "bull/keys/held-lock-scripts.ts",
    from: `  elseif not lock and active[id] and startsNow == starts then`,
    to: `  elseif not lock and active[id] and startsNow == "never" then`,
    needs: ["refused", "silent", "refusal", "cutOff"],
  },
  {
    name: "M11",
    what: "the orphaned jobs of a forker that ended are not recovered",
    file: "keeper/judge-instance.ts",
    from: `  if (isAnnounced) return "goesOn";`,
    to: `  if (isAnnounced || leaseMs > 0) return "goesOn";`,
    needs: ["killForker"],
  },
  {
    name: "M12",
    what: "a job is dropped although its end is not written",
    file: "bull/worker/accept-written-end.ts",
    from: `      return isEnd(move) && isUnknown;`,
    to: `      return false && isUnknown;`,
    needs: ["loseAnswers", "refusal"],
  },
  {
    name: "M13",
    what: "ends that could not be written are not passed on",
    file: "worker/jobs/held-jobs.ts",
    from: `    if (held.outcome !== undefined)
      this.unwritten`,
    to: `    if (held.outcome !== undefined && starts < 0)
      this.unwritten`,
    needs: ["refusal", "loseAnswers"],
  },
  {
    name: "M14",
    what: "a job that was taken while the worker was ordered to stop runs",
    file: "worker/queues/admission.ts",
    from: `    const isWanted = this.#fetchMode !== "none" && !this.#isPaused;`,
    to: `    const isWanted = !this.#isPaused;`,
    needs: ["signalWorker"],
  },
  {
    name: "M15",
    what: "each death is counted twice",
    file: "bull/keys/held-lock-scripts.ts",
    from: `"\${deathsField}", 1)`,
    to: `"\${deathsField}", 2)`,
    needs: ["poison", "poisonOnce"],
  },
  {
    name: "M16",
    what: "an end that was written after all is passed on too",
    file: "worker/jobs/held-jobs.ts",
    from: `    this.lost.splice(at, 1);`,
    to: `    if (at >= 0) return true;`,
    needs: ["loseAnswers", "refusal"],
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
  {
    name: "M18",
    what: "a wait is given up although its reply has arrived while the event loop was blocked",
    file: "clock/watchdog.ts",
    from: `    setImmediate(() => {
      if (!isStopped) late();
    });`,
    to: `    if (!isStopped) late();`,
    needs: ["blockWorker", "freezeWorker", "stopWorker"],
  },
  {
    name: "M19",
    what: "a stalled check runs right after the end of refusals",
    file: "worker/queues/maintenance.ts",
    from: `performance.now() + longestPauseMs + stalledAfterOutageMs`,
    to: `performance.now()`,
    needs: ["refusal"],
  },
];

/** Whether this world could show the mutation. */
export function mayShow({ needs }: Mutation, { faults, jobs }: JobsScenario): boolean {
  if (needs === undefined) return true;
  const kinds: ReadonlySet<string> = new Set([
    ...faults.map(({ kind }) => kind),
    ...jobs.flatMap(({ data, children = [] }) => [data.kind, ...children.map((child) => child.data.kind)]),
  ]);
  return needs.some((one) => kinds.has(one));
}
