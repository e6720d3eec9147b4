import type { JobsWorld } from "../world/jobs-world.ts";

/** The world has been calm for long: every job has ended. */
export function judgeAtRest(world: JobsWorld): void {
  for (const { queue, id, data } of world.ledger.added.values()) {
    const job = world.server.queue(queue).jobs.get(id);
    const states = job?.states.join(" and ") ?? "";
    const reason = job?.fields?.get("failedReason") ?? "";
    if (states !== "completed" && !(states === "failed" && reason.includes("workers died with this job")))
      return world.violated(`job ${queue}:${id} (${data.kind}) is ${states === "" ? "lost" : states} at rest`);
    if (job?.lock !== undefined) return world.violated(`job ${queue}:${id} is locked at rest`);
  }
}
