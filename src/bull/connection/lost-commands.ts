import type { Cluster } from "ioredis";

type SendCommand = Cluster["sendCommand"];
type Command = Parameters<SendCommand>[0];

const lostMessage = "Connection is closed.";

/**
 * ioredis sends what was lost with a connection again when that comes back. Its Cluster does so as long as there is another node;
 * with the last one gone it gives up what was on its way, though the next command would wait. Nothing shall be given up.
 */
export function keepLostCommands(cluster: Cluster): Cluster {
  const send: SendCommand = cluster.sendCommand.bind(cluster);
  const known = new WeakSet<Command>();
  cluster.sendCommand = (command, stream, node) => {
    // Those of a pipeline are sent together or not at all.
    if (stream === undefined && node === undefined && !known.has(command)) {
      known.add(command);
      const reject = command.reject;
      command.reject = (error) => {
        const isOver = ["end", "disconnecting"].includes(cluster.status);
        if (error.message !== lostMessage || isOver) reject.call(command, error);
        else setImmediate(() => send(command));
      };
    }
    return send(command, stream, node);
  };
  return cluster;
}
