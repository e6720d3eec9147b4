import { MongoClient } from "mongodb";
import { application, url } from "./application.mjs";

const client = await new MongoClient(url).connect();

export default application(
  async (n) => (await client.db().collection("notes").findOne({ n })).n,
  async () => await client.close(),
);
