import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Cluster, Redis } from "ioredis";
import { placeOf, plainConnection } from "../../../../src/bull/adoption/redis-places.ts";

const at = (connection: unknown, prefix = "bull") => placeOf({ queue: "mail", prefix, options: { connection } });

describe("placeOf", () => {
  test("is the same for every way to write one database", () => {
    const client = new Redis({ host: "127.0.0.1", port: 6379, lazyConnect: true });
    const ways = [{}, { host: "localhost" }, { port: 6379 }, { url: "redis://127.0.0.1:6379" }, { db: 0 }, client];
    assert.equal(new Set(ways.map((way) => at(way).identity)).size, 1);
  });

  test("differs by server, database and prefix", () => {
    const ways = [at({}), at({ port: 6380 }), at({ db: 1 }), at({}, "shop"), at({ path: "/run/redis.sock" })];
    assert.equal(new Set(ways.map(({ identity }) => identity)).size, ways.length);
  });

  test("its text names the database, but never the password", () => {
    const { text } = at({ host: "redis", password: "secret", db: 3 });
    assert.equal(text, "redis:6379, database 3, prefix bull");
  });

  test("leaves out what a client has and nobody gave", () => {
    const client = new Redis({ host: "redis", username: "jobs", lazyConnect: true });
    const { connection } = at(client);
    assert.equal(connection["username"], "jobs");
    assert.ok(!("lazyConnect" in connection) && !("sentinels" in connection));
  });

  test("has the nodes of a Cluster", () => {
    const client = new Cluster([{ host: "one", port: 7000 }], { lazyConnect: true, redisOptions: { password: "p" } });
    const { connection, text } = at(client);
    assert.deepEqual(connection["cluster"], [{ host: "one", port: 7000 }]);
    assert.deepEqual((connection["redisOptions"] as { password?: string }).password, "p");
    assert.match(text, /^cluster one:7000/);
  });

  test("refuses a client of another library by the Worker's name", () => {
    const other = { duplicate: () => other, connect: () => {}, disconnect: () => {}, options: {} };
    assert.throws(() => at(other), {
      code: "ERR_FORKER_CLIENT",
      message: /^Worker of queue mail: expected ioredis options/,
    });
  });
});

describe("plainConnection", () => {
  test("keeps plain data, also inside TLS options, and nothing else", () => {
    const given = {
      host: "redis",
      retryStrategy: () => 1,
      tls: {
        ca: Buffer.from("PEM"),
        pfx: Buffer.from([0x30, 0x82]),
        servername: "redis",
        checkServerIdentity: () => undefined,
      },
      sentinels: [{ host: "s", port: 26379 }],
    };
    assert.deepEqual(plainConnection(given), {
      host: "redis",
      tls: { ca: "PEM", servername: "redis" },
      sentinels: [{ host: "s", port: 26379 }],
    });
  });
});
