import dgram from "node:dgram";
import { application, url } from "./application.mjs";

const [host, port] = url.split(":");
const socket = dgram.createSocket("udp4");
await new Promise((resolve) => socket.connect(Number(port), host, resolve));
const waiting = new Map();
socket.on("message", (bytes) => waiting.get(String(bytes))?.());

export default application(
  async (n) => {
    const answered = new Promise((resolve) => waiting.set(`note.${n}:1|c`, resolve));
    socket.send(`note.${n}:1|c`);
    await answered;
    return n;
  },
  async () => socket.close(),
);
