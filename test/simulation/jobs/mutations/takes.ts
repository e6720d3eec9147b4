// Mutations of how workers find and take jobs.
import type { Mutation } from "./mutation.ts";

export const takes: readonly Mutation[] = [
  {
    name: "A4",
    what: "a rate limit is trusted until its end",
    file: "bull/worker/lane.ts",
    from: `    worker.limitUntil = Math.min(worker.limitUntil, Date.now() + this.traits.longestLimitMs);`,
    to: ``,
    needs: ["limitQueue"],
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
    name: "M9",
    what: "one job more than the concurrency runs",
    file: "worker/queues/places.ts",
    from: `    return this.#taken(lane) - fetching < this.#limit(lane);`,
    to: `    return this.#taken(lane) - fetching <= this.#limit(lane);`,
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
];
