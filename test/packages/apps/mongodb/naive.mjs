import { MongoClient } from "mongodb";

const client = await new MongoClient(process.env.MONGO_URL).connect();

export default {
  processors: { "*": async (job) => (await client.db().collection("notes").findOne({ n: job.data.n })).n },
};
