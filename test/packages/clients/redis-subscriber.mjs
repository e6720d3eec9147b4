import { once } from "node:events";
import { createClient } from "redis";
import { application, transport, url } from "./application.mjs";

const publisher = createClient(transport === "unix" ? { socket: { path: url } } : { url });
const subscriber = publisher.duplicate();
for (const one of [publisher, subscriber]) await one.on("error", () => undefined).connect();
const heard = new Map();
await subscriber.subscribe("notes", (text) => heard.get(text)?.());
let serial = 0;

export default application(
  async (n) => {
    // Each process hears what all of them publish.
    const text = `${process.pid} ${serial++}`;
    const arrived = new Promise((resolve) => heard.set(text, resolve));
    if (!subscriber.isReady) await once(subscriber, "ready");
    while ((await publisher.publish("notes", text)) === 0);
    await arrived;
    return n;
  },
  async () => {
    for (const one of [publisher, subscriber]) one.destroy();
  },
);
