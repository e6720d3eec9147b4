// Logs while it loads, in each job, and when a worker ends. Each line has its process and its place in that process's lines.
import { loggers } from "./loggers.mjs";

const log = await loggers[process.env.LOGGER]();
let serial = 0;
const write = (where) => log(`mark:${where}:${process.pid}:${serial++}:`);
for (let i = 0; i < 300; i++) write("load");

export default {
  async teardown({ role }) {
    write(`teardown-${role}`);
  },
  processors: {
    "*": async () => {
      for (let i = 0; i < 20; i++) write("job");
    },
  },
};
