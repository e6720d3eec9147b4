import { Agent, request } from "undici";

const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
const get = async (n) => Number(await (await request(`${process.env.HTTP_URL}/${n}`, { dispatcher })).body.text());
await get(1);

export default { processors: { "*": async (job) => await get(job.data.n) } };
