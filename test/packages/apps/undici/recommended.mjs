import { Agent, request } from "undici";

let dispatcher = new Agent({ keepAliveTimeout: 60_000 });
const get = async (n) => Number(await (await request(`${process.env.HTTP_URL}/${n}`, { dispatcher })).body.text());

export default {
  setup: async () => {
    await get(1);
    await dispatcher.close();
    dispatcher = new Agent({ keepAliveTimeout: 60_000 });
  },
  processors: { "*": async (job) => await get(job.data.n) },
};
