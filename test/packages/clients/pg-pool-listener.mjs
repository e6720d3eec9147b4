import pg from "pg";
import { application, url } from "./application.mjs";

const pool = new pg.Pool({ connectionString: url });
// From pg's documentation.
pool.on("error", (error) => {
  console.error("Unexpected error on idle client", error.message);
  process.exit(-1);
});

export default application(
  async (n) => (await pool.query("select $1::int as n", [n])).rows[0].n,
  async () => await pool.end(),
);
