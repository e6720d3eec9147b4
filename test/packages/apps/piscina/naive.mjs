import { Piscina } from "piscina";

const pool = new Piscina({ filename: new URL("task.mjs", import.meta.url).href, minThreads: 1 });

export default { processors: { "*": async (job) => await pool.run(job.data.n) } };
