let headers = { connection: "close" };
const get = async (n) => Number(await (await fetch(`${process.env.HTTP_URL}/${n}`, { headers })).text());

export default {
  setup: async () => {
    await get(1);
    headers = {};
  },
  processors: { "*": async (job) => await get(job.data.n) },
};
