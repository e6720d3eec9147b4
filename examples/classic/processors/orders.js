const { setTimeout: pause } = require("node:timers/promises");
const { UnrecoverableError } = require("bullmq");

/** Orders are packed and priced; the scheduler asks for those to be cancelled that nobody has paid. */
module.exports = async (job) => {
  if (job.name === "cancel-unpaid") return { cancelled: 0 };
  const { lines } = job.data;
  if (!Array.isArray(lines)) throw new UnrecoverableError("an order needs lines");
  await job.updateProgress(50);
  await pause(20);
  await job.log(`packed ${lines.length} lines`);
  await job.updateProgress(100);
  return { total: lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0) };
};
