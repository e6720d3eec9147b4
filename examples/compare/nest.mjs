// What examples/nest has to do: flows whose children are retried or fail, a limiter, request scope, and a database.
import path from "node:path";

const orders = 12;
const isRefused = (n) => n === 5;
const isUndeliverable = (n) => n === 7;
const reports = 3;

export const nest = {
  name: "nest",
  cwd: path.join(import.meta.dirname, "../nest"),
  file: "dist/main.js",
  env: {},
  queues: ["checkout", "orders", "payments", "mail", "reports"],
  measuredQueues: ["orders"],
  limitedQueue: "mail",
  limit: { max: 5, durationMs: 1_000 },

  async addJobs(add) {
    for (let n = 1; n <= orders; n++) {
      const cents = isRefused(n) ? 0 : n % 4 === 0 ? 20_000 + n : 1_000 + n;
      const mail = isUndeliverable(n) ? "nobody" : `c${n}@example.org`;
      await add("checkout", "checkout", { order: n, cents, mail }, { jobId: `c${n}` });
    }
  },

  isDone(counts) {
    const { completed = 0, failed = 0 } = counts.orders;
    return completed + failed === orders && isQuiet(counts);
  },

  /** Reports count the orders, so they are made when every order has ended. */
  async afterwards(add) {
    for (let n = 1; n <= reports; n++) await add("reports", "report", { title: "Orders" }, { jobId: `r${n}` });
  },

  isAllDone: (counts) => counts.reports.completed === reports && isQuiet(counts),

  farewell: (side) => side.sayings.filter(({ who }) => who === "mailer").map(({ what }) => what),
};

function isQuiet(counts) {
  const open = ["waiting", "active", "delayed", "prioritized", "waiting-children"];
  return Object.values(counts).every((of) => open.every((state) => !of[state]));
}
