import "reflect-metadata";
import { DataSource } from "typeorm";
import { application, url } from "./application.mjs";

const source = await new DataSource({ type: "postgres", url }).initialize();

export default application(
  async (n) => (await source.query("select $1::int as n", [n]))[0].n,
  async () => await source.destroy(),
);
