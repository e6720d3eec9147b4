import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { application, transport, url } from "./application.mjs";

const client = transport === "tls" ? https : http;
const agent = new client.Agent({ keepAlive: true });
const place = transport === "unix" ? { socketPath: url } : new URL(url);

export default application(
  async (n) =>
    await new Promise((resolve, reject) => {
      const { hostname, port, socketPath } = place;
      const options = { hostname, port, socketPath, path: `/${n}`, agent };
      const request = client.get(options, (response) => resolve(text(response).then(Number)));
      request.on("error", reject);
    }),
  async () => agent.destroy(),
);
