import { Agent, request } from "undici";
import { application, transport, url } from "./application.mjs";

const dispatcher = new Agent(transport === "unix" ? { connect: { socketPath: url } } : {});
const origin = transport === "unix" ? "http://localhost" : url;

export default application(
  async (n) => Number(await (await request(`${origin}/${n}`, { dispatcher })).body.text()),
  async () => await dispatcher.close(),
);
