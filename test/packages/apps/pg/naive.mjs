import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.PG_URL });
await pool.query("select 1");

export default {
  processors: { "*": async (job) => (await pool.query("select $1::int as n", [job.data.n])).rows[0].n },
};
