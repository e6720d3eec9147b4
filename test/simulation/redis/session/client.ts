import type { Connection } from "../connection.ts";
import { parseInteger } from "../data/number-text.ts";
import { ok, type Reply, ReplyError, syntaxError } from "../reply.ts";
import type { Session, SessionTable } from "./table.ts";

export const clientCommands: SessionTable = { CLIENT: [-2, "read", client] };

function client(session: Session, [action = "", ...args]: readonly string[]): Reply | undefined {
  const { connection, model } = session;
  switch (action.toUpperCase()) {
    case "ID":
      return connection.id;
    case "SETNAME":
      return setName(connection, args[0] ?? "");
    case "GETNAME":
      return connection.name === "" ? null : connection.name;
    case "LIST":
      return [...model.connections].map((one) => `${describe(one)}\n`).join("");
    case "INFO":
      return `${describe(connection)}\n`;
    case "UNBLOCK":
      return unblock(session, args);
    case "KILL":
      return kill(session, args);
    case "NO-EVICT":
    case "REPLY":
    case "TRACKING":
      return ok;
    default:
      // Redis 7.0 has no SETINFO.
      throw new ReplyError(`ERR unknown subcommand '${action}'. Try CLIENT HELP.`);
  }
}

function setName(connection: Connection, name: string): Reply {
  if (/[^!-~]/.test(name))
    throw new ReplyError("ERR Client names cannot contain spaces, newlines or special characters.");
  connection.name = name;
  return ok;
}

function describe({ id, name, database, protocol, lastCommand }: Connection): string {
  return `id=${id} addr=127.0.0.1:${10_000 + id} laddr=127.0.0.1:6379 fd=8 name=${name} age=0 idle=0 flags=N db=${database} sub=0 psub=0 multi=-1 cmd=${lastCommand} user=default resp=${protocol}`;
}

function unblock({ model }: Session, [idText = "", how = "TIMEOUT"]: readonly string[]): Reply {
  const id = parseInteger(idText);
  if (!/^(?:TIMEOUT|ERROR)$/i.test(how)) throw new ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  const target = [...model.connections].find((one) => one.id === id);
  const reply = how.toUpperCase() === "ERROR" ? new ReplyError("UNBLOCKED client unblocked via CLIENT UNBLOCK") : null;
  return target !== undefined && model.blocked.end(target, reply) ? 1 : 0;
}

/** CLIENT KILL ID id. A client that kills itself gets its answer first. */
function kill(
  { connection, model, answer }: Session,
  [filter = "", idText = ""]: readonly string[],
): Reply | undefined {
  if (filter.toUpperCase() !== "ID") throw syntaxError();
  const id = parseInteger(idText);
  const target = [...model.connections].find((one) => one.id === id);
  if (target === connection) answer(1);
  target?.close();
  return target === connection ? undefined : Number(target !== undefined);
}
