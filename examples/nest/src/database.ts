import type { DataSourceOptions } from "typeorm";
import { Order } from "./orders/order.entity.js";

export const database: DataSourceOptions = {
  type: "postgres",
  url: process.env["DATABASE_URL"] ?? "postgresql://postgres@127.0.0.1:5432/postgres",
  entities: [Order],
};
