import pg from "pg";
import { application, url } from "./application.mjs";

const pool = new pg.Pool({ connectionString: url });

export default application(
  async (n) => (await pool.query("select $1::int as n", [n])).rows[0].n,
  async () => await pool.end(),
);
