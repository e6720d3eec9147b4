import assert from "node:assert/strict";
import { test } from "node:test";
import { announceInstance, instanceSocket, isAnnounced, ownNetwork } from "../../../src/admin/instance-socket.ts";
import { newInstanceId } from "../../../src/protocol/instance-id.ts";

test("an instance is announced from its start to its end, and no other instance is", async () => {
  const [one, other] = [newInstanceId("host"), newInstanceId("host")];
  const server = await announceInstance(one);
  assert.deepEqual([isAnnounced(one), isAnnounced(other)], [true, false]);
  // Accepts that fail, as at the limit of descriptors.
  for (const code of ["EMFILE", "EMFILE"]) server.emit("error", new Error(code));
  await new Promise<void>((resolve) => server.close(() => resolve()));
  assert.equal(isAnnounced(one), false);
});

test("a socket that another process has bound since is not the announced instance", async () => {
  const instanceId = newInstanceId("host");
  const first = await announceInstance(instanceId);
  const socket = instanceSocket(instanceId);
  assert.ok(isAnnounced(instanceId, socket));
  await new Promise<void>((resolve) => first.close(() => resolve()));
  assert.equal(instanceSocket(instanceId), undefined);
  const second = await announceInstance(instanceId);
  assert.deepEqual(
    [isAnnounced(instanceId), isAnnounced(instanceId, socket), isAnnounced(instanceId, instanceSocket(instanceId))],
    [true, false, true],
  );
  second.close();
});

test("our network is named after this boot and its namespace, and the name stays the same", () => {
  assert.match(ownNetwork() ?? "", /^[0-9a-f-]{36}\/\d+$/);
  assert.equal(ownNetwork(), ownNetwork());
});
