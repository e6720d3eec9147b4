import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(process.env.SQLITE_FILE, { open: false });

export default {
  afterFork: () => database.open(),
  processors: { "*": async (job) => database.prepare("select ? as n").get(job.data.n).n },
};
