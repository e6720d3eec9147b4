import { parseInteger } from "../data/number-text.ts";
import { MapReply, ok, type Reply, ReplyError, Status } from "../reply.ts";
import type { Session, SessionTable } from "./table.ts";

const version = "7.0.15";

export const infoCommands: SessionTable = {
  INFO: [-1, "read", ({ model }) => info(model.connections.size)],
  ROLE: [1, "read", () => ["master", 0, []]],
  HELLO: [-1, "read", hello],
  AUTH: [-2, "read", authenticate],
  SELECT: [2, "read", select],
  READONLY: [1, "read", () => ok],
  RESET: [1, "read", reset],
  MONITOR: [1, "read", () => ok],
};

function info(clients: number): string {
  const lines = [
    "# Server",
    `redis_version:${version}`,
    "redis_mode:standalone",
    "# Clients",
    `connected_clients:${clients}`,
    "# Memory",
    "maxmemory:0",
    "maxmemory_policy:noeviction",
    "# Persistence",
    "loading:0",
    "# Replication",
    "role:master",
    "connected_slaves:0",
    "# Cluster",
    "cluster_enabled:0",
  ];
  return `${lines.join("\r\n")}\r\n`;
}

function hello(
  { connection }: Session,
  [protocol = String(connection.protocol), ...options]: readonly string[],
): Reply {
  if (protocol !== "2" && protocol !== "3") throw new ReplyError("NOPROTO unsupported protocol version");
  const named = options.findIndex((option) => option.toUpperCase() === "SETNAME");
  if (named >= 0) connection.name = options[named + 1] ?? "";
  connection.protocol = protocol === "3" ? 3 : 2;
  const facts: Record<string, Reply> = {
    server: "redis",
    version,
    proto: connection.protocol,
    id: connection.id,
    mode: "standalone",
    role: "master",
    modules: [],
  };
  return new MapReply(Object.entries(facts).flat());
}

/** The model has no passwords. */
function authenticate(_: Session, args: readonly string[]): Reply {
  if (args.length > 2) throw new ReplyError("ERR syntax error");
  if (args.length === 2 && args[0] === "default") return ok;
  throw new ReplyError(
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
  );
}

function select({ connection }: Session, [text = ""]: readonly string[]): Reply {
  const database = parseInteger(text);
  if (Math.abs(database) > 2 ** 31)
    throw new ReplyError("ERR value is out of range, value must between -2147483648 and 2147483647");
  if (database < 0 || database > 15) throw new ReplyError("ERR DB index is out of range");
  connection.database = database;
  return ok;
}

function reset({ connection }: Session): Reply {
  connection.name = "";
  connection.database = 0;
  connection.protocol = 2;
  return new Status("RESET");
}
