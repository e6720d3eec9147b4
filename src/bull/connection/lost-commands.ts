import type { Cluster } from "ioredis";

type SendCommand = Cluster["sendCommand"];
type Command = Parameters<SendCommand>[0];

const lostMessage = "Connection is closed.";

/**
 * When a connection is re-established, ioredis resends the commands that were lost with it. Its Cluster does so only while
 * another node is left: without one, it rejects the commands in flight, although the next command would wait. Here they wait,
 * too.
 */
export function keepLostCommands(cluster: Cluster): Cluster {
  const send: SendCommand = cluster.sendCommand.bind(cluster);
  const known = new WeakSet<Command>();
  cluster.sendCommand = (command, stream, node) => {
    // The commands of a pipeline are sent together or not at all.
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
