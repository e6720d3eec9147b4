import type { Connection } from "../connection.ts";
import type { Executor } from "../executor.ts";
import type { RedisModel } from "../redis-model.ts";
import type { Reply } from "../reply.ts";
import { blockingCommands } from "./blocking.ts";
import { clientCommands } from "./client.ts";
import { infoCommands } from "./info.ts";
import { scriptCommands } from "./script.ts";
import { transactionCommands } from "./transaction.ts";

/** What a command that depends on its connection can use. */
export interface Session {
  readonly connection: Connection;
  readonly model: RedisModel;
  readonly executor: Executor;
  readonly answer: (reply: Reply) => void;
}

/** undefined: it answers later. */
export type ExecuteInSession = (session: Session, args: readonly string[]) => Reply | undefined;

export type SessionTable = Readonly<
  Record<string, readonly [arity: number, access: "read" | "write", execute: ExecuteInSession]>
>;

export interface SessionCommand {
  readonly name: string;
  readonly arity: number;
  readonly access: "read" | "write";
  readonly inTransaction: "queued" | "executed";
  readonly execute: ExecuteInSession;
}

const tables = [blockingCommands, clientCommands, infoCommands, scriptCommands];
const commands = new Map<string, SessionCommand>();
function define(table: SessionTable, inTransaction: SessionCommand["inTransaction"]): void {
  for (const [name, [arity, access, execute]] of Object.entries(table))
    for (const spelling of [name, name.toLowerCase()])
      commands.set(spelling, { name, arity, access, execute, inTransaction });
}
for (const table of tables) define(table, "queued");
define(transactionCommands, "executed");

export function findSessionCommand(name: string): SessionCommand | undefined {
  return commands.get(name) ?? commands.get(name.toUpperCase());
}
