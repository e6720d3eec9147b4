import { createHash } from "node:crypto";
import { compileFunction } from "node:vm";
import { type Reply, ReplyError } from "../reply.ts";
import { compile } from "./compile.ts";
import { Globals } from "./globals.ts";
import * as operators from "./operators.ts";
import { fromLua, redisLibrary, type ScriptCall } from "./redis-library.ts";
import { first, LuaError, type LuaResult, LuaTable } from "./values.ts";

export interface CompiledScript {
  readonly sha: string;
  readonly source: string;
  readonly run: ($: typeof operators, globals: Globals) => LuaResult;
}

/** Compiled once per process, whichever model runs them. */
const compiled = new Map<string, CompiledScript>();
const bySource = new Map<string, CompiledScript>();

export function compileScript(source: string): CompiledScript {
  const known = bySource.get(source);
  if (known !== undefined) return known;
  const sha = createHash("sha1").update(source, "latin1").digest("hex");
  const script = { sha, source, run: compiledFunction(source) };
  compiled.set(sha, script);
  bySource.set(source, script);
  return script;
}

function compiledFunction(source: string): CompiledScript["run"] {
  try {
    const code = `"use strict";
const varargs = [];
${compile(source)}`;
    return compileFunction(code, ["$", "$globals"]) as CompiledScript["run"];
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ReplyError(
      `ERR Error compiling script (new function): user_script:${problem.replace(/^\[(\d+):\d+\]/, "$1:")}`,
    );
  }
}

/** Runs scripts for one server. Scripts never run at the same time. */
export class ScriptRunner {
  readonly #globals: Globals;

  constructor(execute: ScriptCall) {
    this.#globals = new Globals(redisLibrary(execute));
  }

  run(script: CompiledScript, keys: string[], args: string[]): Reply {
    this.#globals.setInput(keys, args);
    try {
      return fromLua(first(script.run(operators, this.#globals)));
    } catch (error) {
      throw asReply(error, script.sha);
    }
  }
}

const located = /^user_script:(\d+): /;

/** Redis adds the script and the line to the message. */
function asReply(error: unknown, sha: string): unknown {
  if (error instanceof RangeError && error.message.startsWith("Maximum call stack"))
    return new ReplyError(`ERR user_script: stack overflow script: ${sha}, on @user_script:0.`);
  if (!(error instanceof LuaError)) return error;
  const { value } = error;
  const line = operators.position.line.split("|")[0] ?? "";
  const given = value instanceof LuaTable ? value.get("err") : value;
  if (typeof given !== "string") return new ReplyError(`ERR nil script: ${sha}, on @user_script:${line}.`);
  if (value instanceof LuaTable) return new ReplyError(`${given} script: ${sha}, on @user_script:${line}.`);
  const message = located.test(given) ? given : `user_script:${line}: ${given}`;
  return new ReplyError(`ERR ${message} script: ${sha}, on @user_script:${located.exec(message)?.[1] ?? line}.`);
}
