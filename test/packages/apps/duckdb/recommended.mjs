import { DuckDBInstance } from "@duckdb/node-api";

let connection;

export default {
  afterFork: async () => {
    connection = await (await DuckDBInstance.create(":memory:", { threads: "4" })).connect();
  },
  processors: {
    "*": async (job) => (await connection.runAndReadAll(`select ${job.data.n}::integer as n`)).getRowObjects()[0].n,
  },
};
