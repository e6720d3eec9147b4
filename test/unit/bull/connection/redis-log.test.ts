import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { pino } from "pino";
import { ConnectionWatch } from "../../../../src/bull/connection/connection-watch.ts";
import type { CommandClient } from "../../../../src/bull/connection/new-client.ts";
import { RedisLog } from "../../../../src/bull/connection/redis-log.ts";

class Client extends EventEmitter {
  status = "connecting";
}

function logged(error: Error): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const redisLog = new RedisLog(log, "127.0.0.1:6379");
  const client = new Client();
  new ConnectionWatch((state) => redisLog.state(state)).add(client as unknown as CommandClient);
  client.emit("error", error);
  client.emit("close");
  client.status = "ready";
  client.emit("ready");
  return lines;
}

const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });

for (const [what, error, message] of [
  ["refuses it", reply("BUSY Redis is busy"), "Redis refused the connection; retrying"],
  [
    "refuses it, the last node of a Cluster",
    Object.assign(new Error("no nodes"), { lastNodeError: reply("LOADING") }),
    "Redis refused the connection; retrying",
  ],
  ["cannot be reached", new Error("connect ECONNREFUSED"), "could not reach Redis; retrying"],
] as const) {
  test(`a connection that fails because Redis ${what} is logged as that, once, and its end too`, () => {
    assert.deepEqual(
      logged(error).map(({ msg }) => msg),
      [message, "reached Redis again"],
    );
  });
}
