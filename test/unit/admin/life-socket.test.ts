import assert from "node:assert/strict";
import { test } from "node:test";
import { isShown, lifeSocket, ownNetwork, showLife } from "../../../src/admin/life-socket.ts";
import { newLife } from "../../../src/protocol/life.ts";

test("an instance is announced from its start to its end, and no other instance is", async () => {
  const [one, other] = [newLife("host"), newLife("host")];
  const server = await showLife(one);
  assert.deepEqual([isShown(one), isShown(other)], [true, false]);
  // Accepts that fail, as at the limit of descriptors.
  for (const code of ["EMFILE", "EMFILE"]) server.emit("error", new Error(code));
  await new Promise<void>((resolve) => server.close(() => resolve()));
  assert.equal(isShown(one), false);
});

test("a socket that another process has bound since is not the announced instance", async () => {
  const life = newLife("host");
  const first = await showLife(life);
  const socket = lifeSocket(life);
  assert.ok(isShown(life, socket));
  await new Promise<void>((resolve) => first.close(() => resolve()));
  assert.equal(lifeSocket(life), undefined);
  const second = await showLife(life);
  assert.deepEqual([isShown(life), isShown(life, socket), isShown(life, lifeSocket(life))], [true, false, true]);
  second.close();
});

test("our network is named after this boot and its namespace, and the name stays the same", () => {
  assert.match(ownNetwork() ?? "", /^[0-9a-f-]{36}\/\d+$/);
  assert.equal(ownNetwork(), ownNetwork());
});
