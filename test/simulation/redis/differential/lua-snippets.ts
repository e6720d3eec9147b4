import { readFileSync } from "node:fs";
import path from "node:path";

/** Expressions of Lua and of Redis' libraries. `tostring` shows what a reply would lose. */
export const luaExpressions = linesOf("expressions.lua");

/** Control flow, scopes, calls of commands, and errors with their lines. */
export const luaScripts = [
  ...linesOf("scripts.lua"),
  '\n\nredis.call("LPUSH", KEYS[1], "a")\nlocal x = 1\nreturn redis.call("GET", KEYS[1])',
  "local t = {}\n\nlocal x = t.a.b",
];

/** A script on each line, as a string with one character for each byte. */
function linesOf(file: string): string[] {
  return readFileSync(path.join(import.meta.dirname, file), "latin1")
    .split("\n")
    .filter(Boolean);
}
