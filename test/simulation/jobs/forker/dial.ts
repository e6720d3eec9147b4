import type net from "node:net";
import { user } from "../../machine/machine.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import { SimulatedSocket } from "../../machine/simulated-socket.ts";
import type { SimulatedForker } from "./simulated-forker.ts";

/** Connects a process to its init, as to the control socket. */
export function dialOf(forker: SimulatedForker, process: SimulatedProcess): () => Promise<net.Socket> {
  return () => {
    const { schedule, machine } = forker;
    const [own, inits] = SimulatedSocket.pair(schedule, process, machine.init);
    forker.owns(process, own);
    let text = "";
    inits.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      const end = text.indexOf("\n");
      if (end < 0) return;
      inits.removeAllListeners("data");
      const { token } = JSON.parse(text.slice(0, end)) as { token: string };
      const peer = { pid: process.pid, uid: user.uid };
      if (!forker.supervisor.channels.hello(token, peer, inits.asNodes, text.slice(end + 1))) inits.destroy();
    });
    return Promise.resolve(own.asNodes);
  };
}
