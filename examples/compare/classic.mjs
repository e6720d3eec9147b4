// What examples/classic has to do: retries, back-off of its own, a limiter, a sandboxed processor, a scheduler.
import path from "node:path";

const placed = 20;
const mails = 12;
const patient = { attempts: 3, backoff: { type: "patient" } };

export const classic = {
  name: "classic",
  cwd: path.join(import.meta.dirname, "../classic"),
  file: "worker.js",
  env: { CANCEL_UNPAID_EVERY_MS: "500" },
  queues: ["orders", "mail", "webhooks", "thumbnails"],
  prunedQueues: ["orders"],
  measuredQueues: ["orders"],
  limitedQueue: "mail",
  limit: { max: 5, durationMs: 1_000 },

  /** No job is retried at once: BullMQ may then start the next attempt before it emits that the last one has failed. */
  async addJobs(add) {
    for (let n = 1; n <= placed; n++)
      await add("orders", "place", { lines: [{ quantity: n, price: 3 }] }, { jobId: `o${n}`, attempts: 2 });
    await add("orders", "place", {}, { jobId: "o-empty", attempts: 3 });
    for (let n = 1; n <= mails; n++)
      await add("mail", "receipt", { to: `c${n}@example.org`, subject: "Receipt" }, { jobId: `m${n}` });
    await add(
      "mail",
      "receipt",
      { to: "nobody", subject: "Receipt" },
      { jobId: "m-nobody", attempts: 2, backoff: 500 },
    );
    const hook = (id, failures, options) =>
      add("webhooks", "call", { url: `https://${id}.example`, failures }, { jobId: id, ...options });
    await hook("up", 0, patient);
    await hook("slow", 2, patient);
    await hook("down", 9, patient);
    await hook("quick", 1, { attempts: 2, backoff: { type: "quick" } });
    for (let n = 1; n <= 4; n++) await add("thumbnails", "scale", { picture: `p${n}` }, { jobId: `p${n}` });
    await add(
      "thumbnails",
      "scale",
      { picture: "torn", isBroken: true },
      { jobId: "p-torn", attempts: 2, backoff: 500 },
    );
  },

  isDone(counts, side) {
    const open = Object.values(counts).some((of) => of.waiting || of.active || of.prioritized);
    const delayed = ["mail", "webhooks", "thumbnails"].some((queue) => counts[queue].delayed);
    const isRemoved =
      side.sayings.filter(({ who, what }) => who === "orders" && /^completed o\d/.test(what)).length === placed;
    const isScheduled =
      side.sayings.filter(({ what }) => what.startsWith("completed repeat:cancel-unpaid")).length >= 2;
    return !open && !delayed && isRemoved && isScheduled;
  },

  farewell: (side) => side.lines.filter((line) => line === "closing" || line === "closed"),
};
