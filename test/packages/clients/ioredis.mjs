import { Redis } from "ioredis";
import { application, url } from "./application.mjs";

// As applications do that want to know at once whether Redis is there. In setup() nothing waits for it.
const redis = new Redis(url);

const { processors } = application(async (n) => Number(await redis.echo(n)));
export default { processors, teardown: () => redis.disconnect() };
