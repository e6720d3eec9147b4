import { Queue } from "bullmq";
import { application, url } from "./application.mjs";

const followUps = new Queue("follow-ups", { connection: { url } });

export default application(
  async (n) => (await followUps.add("next", { n })).data.n,
  async () => await followUps.close(),
);
