import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { application, transport, url } from "./application.mjs";

const client = transport === "tls" ? https : http;
const agent = new client.Agent({ keepAlive: true });
const get = (n) => (transport === "unix" ? { socketPath: url, path: `/${n}`, agent } : `${url}/${n}`);

export default application(
  async (n) =>
    await new Promise((resolve, reject) => {
      const request = client.get(get(n), { agent }, (response) => resolve(text(response).then(Number)));
      request.on("error", reject);
    }),
  async () => agent.destroy(),
);
