import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { luaExpressions, luaScripts } from "../../../simulation/redis/differential/lua-snippets.ts";
import { newModelServer, RealServer } from "../../../simulation/redis/differential/servers.ts";
import { useRedis } from "../../../support/use-redis.ts";

const { redis } = await useRedis();

describe("compiled Lua does what the interpreter of a real server does", () => {
  for (const [name, scripts] of [
    ["expressions", luaExpressions.map((expression) => `return ${expression}`)],
    ["scripts", luaScripts],
  ] as const) {
    test(name, async () => {
      using real = await RealServer.connect(redis.port);
      const model = newModelServer();
      const differences: object[] = [];
      for (const source of scripts) {
        const commands = [["FLUSHALL"], ["EVAL", source, "1", "key", "one", "two"], ["TYPE", "key"], ["DEL", "key"]];
        const [expected, actual] = [await real.send(commands), await model.send(commands)];
        if (JSON.stringify(actual) !== JSON.stringify(expected)) differences.push({ source, expected, actual });
      }
      assert.deepEqual(differences, []);
    });
  }
});
