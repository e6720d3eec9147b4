import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.PG_URL });

export default {
  teardown: async () => await pool.end(),
  processors: { "*": async (job) => (await pool.query("select $1::int as n", [job.data.n])).rows[0].n },
};
