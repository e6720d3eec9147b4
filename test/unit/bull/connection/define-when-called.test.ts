import assert from "node:assert/strict";
import test from "node:test";
import { Redis } from "ioredis";
import { defineWhenCalled } from "../../../../src/bull/connection/define-when-called.ts";
import { startRedis } from "../../../support/redis.ts";

interface Client extends Redis {
  twice(number: number): Promise<number>;
  twiceBuffer(number: number): Promise<Buffer | number>;
  thrice(number: number): Promise<number>;
}

function times(factor: number) {
  return { numberOfKeys: 0, lua: `return ARGV[1] * ${factor}` };
}

test("a command is defined when it is first called", async () => {
  await using redis = await startRedis();
  const client = new Redis({ port: redis.port }) as Client;
  try {
    const define = client.defineCommand.bind(client);
    const defined: string[] = [];
    client.defineCommand = (name, definition) => {
      defined.push(name);
      define(name, definition);
    };
    defineWhenCalled(client);
    client.defineCommand("twice", times(2));
    client.defineCommand("thrice", times(3));
    assert.deepEqual(defined, []);
    assert.equal(await client.twice(4), 8);
    assert.equal(await client.twice(5), 10);
    assert.equal(Number(await client.twiceBuffer(6)), 12);
    assert.deepEqual(defined, ["twice"]);
    const piped = client.pipeline() as unknown as { thrice(number: number): { exec(): Promise<unknown> } };
    assert.deepEqual(await piped.thrice(4).exec(), [[null, 12]]);
    assert.deepEqual(defined, ["twice", "thrice"]);
    assert.equal(await client.thrice(5), 15);
  } finally {
    client.disconnect();
  }
});

test("a command of the same name that is defined again replaces the first one", async () => {
  await using redis = await startRedis();
  const client = new Redis({ port: redis.port }) as Client;
  try {
    defineWhenCalled(client);
    client.defineCommand("twice", times(3));
    client.defineCommand("twice", times(2));
    assert.equal(await client.twice(4), 8);
  } finally {
    client.disconnect();
  }
});
