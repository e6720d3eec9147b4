import { StatsD } from "hot-shots";
import { application, url } from "./application.mjs";

const [host, port] = url.split(":");
const stats = new StatsD({ host, port: Number(port), cacheDns: false });

export default application(
  async (n) => {
    await new Promise((resolve, reject) => {
      stats.increment(`note.${n}`, 1, (error) => (error ? reject(error) : resolve()));
    });
    // The server shows over HTTP what it has received.
    while (
      (await (await fetch(`http://${url}/note.${n}`, { headers: { connection: "close" } })).text()) !== "received"
    );
    return n;
  },
  async () => await new Promise((resolve) => stats.close(resolve)),
);
