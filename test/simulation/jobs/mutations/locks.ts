// Mutations of how locks are renewed and taken again.
import type { Mutation } from "./mutation.ts";
import { hasAll, hasLongFault, hasLongJob, hasOnly, slots } from "./shown-by.ts";

export const locks: readonly Mutation[] = [
  {
    name: "A8",
    what: "a processor does not hear that another worker has its job",
    file: "worker/jobs/expired-locks.ts",
    from: `    this.#parts.held.drop(held, new JobLockLostError(why));`,
    to: `    if (held.ending !== undefined) this.#parts.held.drop(held, new JobLockLostError(why));`,
    needs: ["cutOffForker", "freezeForker"],
    isShownBy: (scenario) =>
      hasLongJob(scenario) && hasLongFault(scenario, "cutOffForker", "freezeForker") && scenario.settings.length > 1,
  },
  {
    name: "A8b",
    what: "the keeper claims a known job without a lock that another worker has started since",
    file: "bull/keys/held-lock-scripts.ts",
    from: `  if not token and known[id] and (known[id] == "" or redis.call("HGET", ARGV[1] .. id, "\${jobField.attemptsStarted}") == known[id]) then`,
    to: `  if not token and known[id] then`,
    needs: ["cutOffForker"],
    isShownBy: (scenario) => hasLongJob(scenario) && hasAll(scenario, "cutOffForker", "killWorker"),
  },
  {
    name: "M1",
    what: "the keeper does not renew the locks of blocked workers",
    file: "keeper/keeper.ts",
    from: `Promise.all([this.#renew(), this.#dead.handBackLate()])`,
    to: `Promise.all([this.#dead.handBackLate()])`,
    needs: ["blockWorker", "freezeWorker", "stopWorker"],
  },
  {
    name: "M10",
    what: "expired locks are not taken again",
    file: "bull/keys/held-lock-scripts.ts",
    from: `  elseif not lock and active[id] and startsNow == starts then`,
    to: `  elseif not lock and active[id] and startsNow == "never" then`,
    needs: ["refused", "silent", "refusal", "cutOffForker"],
    isShownBy: (scenario) =>
      hasLongJob(scenario) && hasLongFault(scenario, "refused", "silent", "refusal", "cutOffForker"),
  },
  {
    name: "M19",
    what: "a stalled check runs right after the end of refusals",
    file: "worker/queues/maintenance.ts",
    from: `performance.now() + longestPauseMs + stalledAfterOutageMs`,
    to: `performance.now()`,
    needs: ["refusal"],
    isShownBy: (scenario) =>
      hasOnly(scenario, "refusal") &&
      hasLongJob(scenario) &&
      hasLongFault(scenario, "refusal") &&
      slots(scenario).reduce((sum, count) => sum + count) > 1,
  },
];
