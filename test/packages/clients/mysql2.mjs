import mysql from "mysql2/promise";
import { application, transport, url } from "./application.mjs";

const options = {
  tcp: { uri: url },
  tls: { uri: url, ssl: {} },
  unix: { socketPath: url, user: "root", database: "mysql" },
};
const pool = mysql.createPool(options[transport]);

export default application(
  async (n) => (await pool.query("select ? as n", [n]))[0][0].n,
  async () => await pool.end(),
);
