import { ok, type Reply, Status } from "../reply.ts";
import type { CommandTable } from "./command.ts";

/** Commands that need neither keys nor a connection. */
export const serverCommands: CommandTable = {
  PING: [-1, "read", (_, [text]) => text ?? new Status("PONG")],
  ECHO: [2, "read", (_, [text = ""]) => text],
  TIME: [1, "read", ({ nowMs }) => [String(Math.floor(nowMs / 1_000)), String(Math.floor((nowMs % 1_000) * 1_000))]],
  // A model has no replica.
  WAIT: [3, "read", () => 0],
  CONFIG: [-2, "read", configure],
  PUBLISH: [3, "write", () => 0],
  COMMAND: [-1, "read", () => []],
};

const configuration: Readonly<Record<string, string>> = { "maxmemory-policy": "noeviction", maxmemory: "0" };

function configure(_: unknown, [action = "", pattern = ""]: readonly string[]): Reply {
  if (action.toUpperCase() !== "GET") return ok;
  return Object.entries(configuration)
    .filter(([name]) => name === pattern)
    .flat();
}
