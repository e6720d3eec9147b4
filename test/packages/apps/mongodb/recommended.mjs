import { MongoClient } from "mongodb";

const client = new MongoClient(process.env.MONGO_URL);

export default {
  teardown: async () => await client.close(),
  processors: { "*": async (job) => (await client.db().collection("notes").findOne({ n: job.data.n })).n },
};
