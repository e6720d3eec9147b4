import knex from "knex";

const database = knex({ client: "pg", connection: process.env.PG_URL });
await database.raw("select 1");

export default {
  processors: { "*": async (job) => (await database.raw("select ?::int as n", [job.data.n])).rows[0].n },
};
