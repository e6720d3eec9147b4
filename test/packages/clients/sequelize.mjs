import { Sequelize } from "sequelize";
import { application, url } from "./application.mjs";

const database = new Sequelize(url, { logging: false });
await database.authenticate();

export default application(
  async (n) => (await database.query("select $1::int as n", { bind: [n], type: "SELECT" }))[0].n,
  async () => await database.close(),
);
