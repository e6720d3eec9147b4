import { createHash } from "node:crypto";
import { formatScore } from "../data/number-text.ts";
import { DoubleReply, MapReply, PairsReply, type Reply, ReplyError, Status, StreamsReply } from "../reply.ts";
import { textArgument } from "./convert.ts";
import { LuaError, LuaTable, type LuaValue, tableOf } from "./values.ts";

/** Executes a command for a script. Throws a ReplyError if it is refused. */
export type ScriptCall = (argv: string[]) => Reply;

export function redisLibrary(execute: ScriptCall): Readonly<Record<string, LuaValue>> {
  return {
    call: (...args) => {
      try {
        return toLua(execute(wordsOf(args)));
      } catch (error) {
        throw error instanceof ReplyError ? new LuaError(errorTable(error.message)) : error;
      }
    },
    pcall: (...args) => {
      try {
        return toLua(execute(wordsOf(args)));
      } catch (error) {
        if (error instanceof ReplyError) return errorTable(error.message);
        throw error;
      }
    },
    error_reply: (...args) => errorTable(textArgument(args, 1, "error_reply").replace(/^-/, "")),
    status_reply: (...args) => tableOf([["ok", textArgument(args, 1, "status_reply")]]),
    sha1hex: (...args) =>
      createHash("sha1")
        .update(textArgument(args, 1, "sha1hex"), "latin1")
        .digest("hex"),
    log: () => undefined,
    setresp: () => undefined,
    replicate_commands: () => true,
    LOG_DEBUG: 0,
    LOG_VERBOSE: 1,
    LOG_NOTICE: 2,
    LOG_WARNING: 3,
  };
}

function errorTable(message: string): LuaTable {
  return tableOf([["err", message]]);
}

function wordsOf(args: readonly LuaValue[]): string[] {
  if (args.length === 0) throw new ReplyError("ERR Please specify at least one argument for this redis lib call");
  return args.map((word) => {
    if (typeof word === "string") return word;
    if (typeof word === "number") return formatScore(word);
    throw new ReplyError("ERR Lua redis lib command arguments must be strings or integers");
  });
}

function toLua(reply: Reply): LuaValue {
  if (typeof reply === "string" || typeof reply === "number") return reply;
  if (typeof reply === "bigint") return Number(reply);
  if (reply === null) return false;
  if (Array.isArray(reply)) return listOf(reply);
  if (reply instanceof Status) return tableOf([["ok", reply.text]]);
  if (reply instanceof DoubleReply) return formatScore(reply.value);
  if (reply instanceof MapReply) return listOf(reply.entries);
  if (reply instanceof PairsReply) return listOf(reply.pairs.flat());
  if (reply instanceof StreamsReply) return listOf(reply.streams.map((one) => [...one]));
  return errorTable(reply.message);
}

function listOf(replies: readonly Reply[]): LuaTable {
  return new LuaTable(replies.map(toLua));
}

/** What a script returns, as its reply. */
export function fromLua(value: LuaValue): Reply {
  if (typeof value === "string") return value;
  if (typeof value === "number") return truncate(value);
  if (typeof value === "boolean") return value ? 1 : null;
  if (!(value instanceof LuaTable)) return null;
  const error = value.hash?.get("err");
  if (typeof error === "string") return new ReplyError(oneLine(error));
  const status = value.hash?.get("ok");
  if (typeof status === "string") return new Status(oneLine(status));
  const end = value.list.indexOf(undefined);
  return (end < 0 ? value.list : value.list.slice(0, end)).map(fromLua);
}

/** A double becomes a 64-bit integer, of which every value out of range is the smallest one. */
function truncate(value: number): number {
  const whole = Math.trunc(value);
  return Number.isNaN(whole) || Math.abs(whole) >= 2 ** 63 ? -(2 ** 63) : whole + 0;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}
