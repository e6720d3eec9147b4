import http2 from "node:http2";
import net from "node:net";
import { text } from "node:stream/consumers";
import { application, transport, url } from "./application.mjs";

const connect = () =>
  transport === "unix"
    ? http2.connect("http://localhost", { createConnection: () => net.connect(url) })
    : http2.connect(url);
let session = connect();

export default application(
  async (n) => {
    // A session does not connect again.
    if (session.closed || session.destroyed) session = connect();
    return Number(await text(session.request({ ":path": `/${n}` })));
  },
  async () => session.close(),
);
