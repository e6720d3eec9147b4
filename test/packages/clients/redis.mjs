import { createClient } from "redis";
import { application, transport, url } from "./application.mjs";

const redis = createClient(transport === "unix" ? { socket: { path: url } } : { url });
redis.on("error", () => undefined);
await redis.connect();

export default application(
  async (n) => Number(await redis.echo(String(n))),
  async () => redis.destroy(),
);
