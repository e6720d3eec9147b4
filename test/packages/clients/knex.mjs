import knex from "knex";
import { application, url } from "./application.mjs";

const database = knex({ client: "pg", connection: url });

export default application(
  async (n) => (await database.raw("select ?::int as n", [n])).rows[0].n,
  async () => await database.destroy(),
);
