import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkHashTags,
  isPlainConnection,
  type RedisTarget,
  redisTarget,
} from "../../../../src/bull/connection/redis-target.ts";
import { ForkerError } from "../../../../src/exit/forker-error.ts";

const ca = "-----BEGIN CERTIFICATE-----";

/** What ioredis is constructed with, and the address for people. */
const targets: [connection: string | Record<string, unknown>, target: RedisTarget][] = [
  ["redis://localhost", { kind: "one", options: { host: "localhost", port: 6379 }, address: "localhost:6379" }],
  [
    "rediss://user:se%40cret@redis.internal:6380/2",
    {
      kind: "one",
      options: { host: "redis.internal", port: 6380, username: "user", password: "se@cret", db: 2, tls: {} },
      address: "redis.internal:6380",
    },
  ],
  [
    "redis://:secret@[::1]:7?family=6&name=007",
    {
      kind: "one",
      options: { host: "::1", port: 7, password: "secret", family: 6, name: "007" },
      address: "::1:7",
    },
  ],
  ["/run/redis.sock", { kind: "one", options: { path: "/run/redis.sock" }, address: "/run/redis.sock" }],
  [
    "/run/redis.sock?db=1&username=u&password=123",
    {
      kind: "one",
      options: { path: "/run/redis.sock", db: 1, username: "u", password: "123" },
      address: "/run/redis.sock",
    },
  ],
  [
    "redis+sentinel://user:secret@one,two:5/main/3?sentinelPassword=other",
    {
      kind: "one",
      options: {
        sentinels: [
          { host: "one", port: 26379 },
          { host: "two", port: 5 },
        ],
        name: "main",
        db: 3,
        username: "user",
        password: "secret",
        sentinelPassword: "other",
      },
      address: "main of sentinels one:26379,two:5",
    },
  ],
  [
    "rediss+cluster://user:secret@one:7000,[::1]:7001",
    {
      kind: "cluster",
      nodes: [
        { host: "one", port: 7000 },
        { host: "::1", port: 7001 },
      ],
      nodeOptions: { username: "user", password: "secret", tls: {} },
      options: {},
      address: "cluster one:7000,::1:7001",
    },
  ],
  [
    { cluster: [{ port: 7000 }], password: "secret", natMap: {}, redisOptions: { username: "u", tls: { ca } } },
    {
      kind: "cluster",
      nodes: [{ port: 7000 }],
      nodeOptions: { username: "u", tls: { ca }, password: "secret" },
      options: { natMap: {} },
      address: "cluster localhost:7000",
    },
  ],
  [
    { url: "rediss+cluster://one", tls: { ca }, slotsRefreshTimeout: 5 },
    {
      kind: "cluster",
      nodes: [{ host: "one", port: 6379 }],
      nodeOptions: { tls: { ca } },
      options: { slotsRefreshTimeout: 5 },
      address: "cluster one:6379",
    },
  ],
  [
    { host: "redis.internal", db: 1, tls: {} },
    { kind: "one", options: { host: "redis.internal", db: 1, tls: {} }, address: "redis.internal:6379" },
  ],
  [
    { url: "redis://redis.internal:7000", db: 1 },
    { kind: "one", options: { host: "redis.internal", port: 7000, db: 1 }, address: "redis.internal:7000" },
  ],
];

for (const [connection, target] of targets) {
  test(`${JSON.stringify(connection)} is understood`, () => assert.deepEqual(redisTarget(connection), target));
}

for (const [what, connection, got] of [
  ["another scheme", "http://localhost", "a URL with the scheme http"],
  ["no URL", "localhost", "a string without a scheme"],
  ["a client", { duplicate: () => undefined }, "a client"],
  ["a key prefix", { keyPrefix: "app:" }, "keyPrefix"],
  ["a key prefix for a cluster's nodes", { cluster: [{ port: 1 }], redisOptions: { keyPrefix: "app:" } }, "keyPrefix"],
  ["no node", { cluster: [] }, "a cluster that is not a list of nodes"],
  ["a node by its URL", { cluster: ["redis://:secret@h"] }, "a cluster that is not a list of nodes"],
  ["a cluster's database", { cluster: [{ port: 1 }], db: 2 }, "database 2"],
  [
    "a cluster's database in its URL",
    "redis+cluster://h/2",
    "a path; leave it out: a Redis Cluster has database 0 only",
  ],
  ["nodes with a wrong port", "redis+cluster://:secret@h:x", "a malformed URL"],
  ["a password that is not encoded", "redis+cluster://u:se#cret@h", "a malformed URL"],
  ["a malformed encoding", "redis+sentinel://u:se%ret@h/main", "a malformed URL"],
  ["sentinels without a name", { sentinels: [{ host: "h" }] }, "sentinels without the name of their master"],
  ["sentinels without a name in their URL", "redis+sentinel://h", "no name of a master"],
  ["sentinels by name alone", { sentinels: "h" }, "sentinels that are not a list"],
] as const) {
  test(`${what} is refused in one line`, () => {
    assert.throws(
      () => redisTarget(connection),
      (error: unknown) => {
        assert.ok(error instanceof ForkerError && error.exit === "badConfig");
        assert.ok(error.message.includes(`got ${got}`), error.message);
        assert.doesNotMatch(error.message, /\n|se.?.?cret|se%ret/);
        return true;
      },
    );
  });
}

test("on a Cluster the prefix or each queue's name needs a hash tag", () => {
  const cluster = redisTarget("redis+cluster://h");
  const check = (prefix: string, ...queues: string[]) => checkHashTags(cluster, prefix, [{ queues }]);
  check("{bull}", "*");
  check("bull", "{mail}", "{import-*}", "!mail");
  for (const [prefix, queue] of [
    ["bull", "*"],
    ["bull", "mail"],
    ["{}{bull}", "mail"],
    ["bull}", "{mail"],
  ] as const) {
    assert.throws(
      () => check(prefix, "!{not}", queue),
      (error: unknown) =>
        error instanceof ForkerError && error.message.includes(`got the prefix ${prefix} and the queue ${queue}: set`),
    );
  }
  checkHashTags(redisTarget("redis://h"), "bull", [{ queues: ["*"] }]);
});

test("a connection that can be written down is distinguished from one that cannot", () => {
  assert.equal(isPlainConnection("redis://h"), true);
  assert.equal(isPlainConnection({ host: "h", db: undefined, tls: { ca: [ca] }, sentinels: [{ port: 1 }] }), true);
  for (const value of [() => undefined, Buffer.from(ca), new Map(), Symbol("s")])
    assert.equal(isPlainConnection({ tls: { value } }), false);
});
