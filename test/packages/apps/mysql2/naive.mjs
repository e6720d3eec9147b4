import mysql from "mysql2/promise";

const pool = mysql.createPool(process.env.MYSQL_URL);
await pool.query("select 1");

export default { processors: { "*": async (job) => (await pool.query("select ? as n", [job.data.n]))[0][0].n } };
