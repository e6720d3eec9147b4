import { compileScript } from "../lua/scripts.ts";
import { ok, type Reply, ReplyError } from "../reply.ts";
import type { ExecuteInSession, Session, SessionTable } from "./table.ts";

export const scriptCommands: SessionTable = {
  EVAL: [-3, "write", evaluate],
  EVAL_RO: [-3, "read", evaluate],
  EVALSHA: [-3, "write", evaluateKnown],
  EVALSHA_RO: [-3, "read", evaluateKnown],
  SCRIPT: [-2, "read", manage],
};

function evaluate(session: Session, [source = "", ...args]: readonly string[]): Reply {
  const script = compileScript(source);
  session.executor.scripts.set(script.sha, script);
  return run(session, script, args);
}

function evaluateKnown(session: Session, [sha = "", ...args]: readonly string[]): Reply {
  const script = session.executor.scripts.get(sha.toLowerCase());
  if (script === undefined) throw new ReplyError("NOSCRIPT No matching script. Please use EVAL.");
  return run(session, script, args);
}

function run(
  { connection, executor }: Session,
  script: ReturnType<typeof compileScript>,
  args: readonly string[],
): Reply {
  const count = Number(args[0]);
  if (!Number.isInteger(count)) throw new ReplyError("ERR value is not an integer or out of range");
  if (count < 0) throw new ReplyError("ERR Number of keys can't be negative");
  if (count > args.length - 1) throw new ReplyError("ERR Number of keys can't be greater than number of args");
  return executor.runScript(connection, script, args.slice(1, count + 1), args.slice(count + 1));
}

function manage({ executor }: Session, [action = "", ...args]: Parameters<ExecuteInSession>[1]): Reply {
  switch (action.toUpperCase()) {
    case "LOAD": {
      const script = compileScript(args[0] ?? "");
      executor.scripts.set(script.sha, script);
      return script.sha;
    }
    case "EXISTS":
      return args.map((sha) => (executor.scripts.has(sha.toLowerCase()) ? 1 : 0));
    case "FLUSH":
      executor.scripts.clear();
      return ok;
    case "KILL":
      throw new ReplyError("NOTBUSY No scripts in execution right now.");
    default:
      throw new ReplyError(`ERR unknown subcommand '${action}'. Try SCRIPT HELP.`);
  }
}
