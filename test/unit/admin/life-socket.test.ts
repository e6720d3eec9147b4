import assert from "node:assert/strict";
import { test } from "node:test";
import { isShown, lifeSocket, ownNetwork, showLife } from "../../../src/admin/life-socket.ts";
import { newLife } from "../../../src/protocol/life.ts";

test("a life is shown from its start to its end, and no other is", async () => {
  const [one, other] = [newLife("host"), newLife("host")];
  const server = await showLife(one);
  assert.deepEqual([isShown(one), isShown(other)], [true, false]);
  // Accepts that fail, as at the limit of descriptors.
  for (const code of ["EMFILE", "EMFILE"]) server.emit("error", new Error(code));
  await new Promise<void>((resolve) => server.close(() => resolve()));
  assert.equal(isShown(one), false);
});

test("a name that another socket has bound since is not the life that was shown", async () => {
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

test("our network has the name of this boot and of its namespace, twice the same", () => {
  assert.match(ownNetwork() ?? "", /^[0-9a-f-]{36}\/\d+$/);
  assert.equal(ownNetwork(), ownNetwork());
});
