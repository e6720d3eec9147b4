import { ok, ReplyError } from "../reply.ts";
import type { SessionTable } from "./table.ts";

export const transactionCommands: SessionTable = {
  MULTI: [
    1,
    "read",
    ({ connection }) => {
      if (connection.transaction !== undefined) throw new ReplyError("ERR MULTI calls can not be nested");
      connection.transaction = { commands: [], isBroken: false };
      return ok;
    },
  ],
  EXEC: [
    1,
    "write",
    ({ connection, executor }) => {
      const { transaction } = connection;
      if (transaction === undefined) throw new ReplyError("ERR EXEC without MULTI");
      connection.transaction = undefined;
      if (transaction.isBroken) throw new ReplyError("EXECABORT Transaction discarded because of previous errors.");
      return executor.executeQueued(connection, transaction.commands);
    },
  ],
  DISCARD: [
    1,
    "read",
    ({ connection }) => {
      if (connection.transaction === undefined) throw new ReplyError("ERR DISCARD without MULTI");
      connection.transaction = undefined;
      return ok;
    },
  ],
  QUIT: [
    -1,
    "read",
    ({ connection, answer }) => {
      answer(ok);
      connection.close();
      return undefined;
    },
  ],
};
