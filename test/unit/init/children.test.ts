import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { Children } from "../../../src/init/children.ts";

test("what a keeper says in one breath with its hello comes after it", () => {
  const kinds: string[] = [];
  const children = new Children(
    ({ kind }) => kinds.push(kind),
    () => undefined,
    () => undefined,
  );
  const { token } = children.expectKeeper(1);
  children.keeperSpawned(1, process.pid);
  const socket = new net.Socket();
  const head = `${JSON.stringify({ kind: "alive" })}\n`;
  assert.ok(children.hello(token, { pid: process.pid, uid: 0 }, socket, head, () => assert.fail("no worker")));
  assert.deepEqual(kinds, ["keeperBorn", "keeperReady", "keeperAlive"]);
  socket.destroy();
});
