import { Piscina } from "piscina";

let pool;

export default {
  afterFork: () => {
    pool = new Piscina({ filename: new URL("task.mjs", import.meta.url).href, minThreads: 1 });
  },
  teardown: async () => await pool?.destroy(),
  processors: { "*": async (job) => await pool.run(job.data.n) },
};
