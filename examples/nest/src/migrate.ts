import "reflect-metadata";
import { DataSource } from "typeorm";
import { database } from "./database.js";

/** Runs once before a deployment: several processes that start at the same time must not create the same table. */
async function migrate(): Promise<void> {
  const source = await new DataSource(database).initialize();
  await source.synchronize();
  await source.destroy();
}

void migrate();
