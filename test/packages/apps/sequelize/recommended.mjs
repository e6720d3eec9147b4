import { Sequelize } from "sequelize";

const database = new Sequelize(process.env.PG_URL, { logging: false });

const echo = async (n) => (await database.query("select $1::int as n", { bind: [n], type: "SELECT" }))[0].n;

export default {
  afterFork: async () => await database.authenticate(),
  teardown: async () => await database.close(),
  processors: { "*": async (job) => await echo(job.data.n) },
};
