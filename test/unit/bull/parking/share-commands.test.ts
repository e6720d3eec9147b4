import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Redis } from "ioredis";
import { prototypeOfClient } from "../../../../src/bull/parking/recognize-client.ts";
import { shareCommands } from "../../../../src/bull/parking/share-commands.ts";

type Commands = Redis & { readonly scriptsSet: Record<string, object> } & Record<string, unknown>;

const clientWith = (options: { readonly keyPrefix?: string } = {}) =>
  new Redis({ lazyConnect: true, ...options }) as unknown as Commands;
const echo = { numberOfKeys: 1, lua: "return KEYS[1]" };

describe("commands of ioredis that its clients share", () => {
  const found = prototypeOfClient(clientWith());
  assert.ok(found);
  shareCommands(found);
  const first = clientWith();
  first.defineCommand("echo", echo);
  const partsOf = (client: Commands) => [client.scriptsSet["echo"], client["echo"], client["echoBuffer"]];

  test("are those of the first client that has defined them", () => {
    const second = clientWith();
    second.defineCommand("echo", { ...echo });
    assert.deepEqual(
      partsOf(first).map((one) => typeof one),
      ["object", "function", "function"],
    );
    for (const [index, part] of partsOf(second).entries()) assert.equal(part, partsOf(first)[index]);
  });

  test("are a client's own if it defines them in another way, or has another prefix for its keys", () => {
    const others: [Commands, object][] = [
      [clientWith(), { ...echo, lua: "return 1" }],
      [clientWith(), { ...echo, numberOfKeys: 2 }],
      [clientWith(), { ...echo, readOnly: true }],
      [clientWith(), { lua: echo.lua }],
      [clientWith({ keyPrefix: "own:" }), echo],
    ];
    for (const [client, definition] of others) {
      client.defineCommand("echo", definition as typeof echo);
      for (const [index, part] of partsOf(client).entries()) assert.notEqual(part, partsOf(first)[index]);
    }
  });
});
