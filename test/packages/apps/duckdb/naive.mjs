import { DuckDBInstance } from "@duckdb/node-api";

const connection = await (await DuckDBInstance.create(":memory:", { threads: "4" })).connect();

export default {
  processors: {
    "*": async (job) => (await connection.runAndReadAll(`select ${job.data.n}::integer as n`)).getRowObjects()[0].n,
  },
};
