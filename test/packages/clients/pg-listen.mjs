import pg from "pg";
import { application, url } from "./application.mjs";

const waiting = new Map();
let client;
let ready;
// A pg.Client does not connect again by itself.
const connect = () => {
  client = new pg.Client(url);
  client.on("notification", ({ payload }) => waiting.get(payload)?.());
  client.on("end", connect);
  ready = client.connect().then(() => client.query("listen notes"));
};
connect();

export default application(
  async (n) => {
    await ready;
    // Each process hears what all of them say.
    const payload = `${process.pid} ${n}`;
    const heard = new Promise((resolve) => waiting.set(payload, resolve));
    await client.query("select pg_notify('notes', $1)", [payload]);
    await heard;
    return n;
  },
  async () => {
    client.off("end", connect);
    await client.end();
  },
);
