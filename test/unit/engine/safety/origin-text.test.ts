import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { originOf } from "../../../../src/engine/safety/origin-text.ts";
import { adviceOn } from "../../../../src/engine/safety/safety-advice.ts";

const frames = (...files: string[]) => files.map((file, line) => ({ file, line }));

describe("the origin of a handle", () => {
  for (const [what, files, text] of [
    ["nothing but Node's own", ["node:net", "node:internal/timers"], ""],
    ["the application", ["node:net", "/app/redis.mjs"], ", created at /app/redis.mjs:1"],
    ["a package", ["/app/node_modules/pg/lib/client.js", "/app/db.mjs"], ", created by pg at /app/db.mjs:1"],
    [
      "a package whose caller is not known",
      ["/app/node_modules/@grpc/grpc-js/build/x.js"],
      ", created by @grpc/grpc-js",
    ],
    [
      "a package for another, through a third",
      ["/a/node_modules/ioredis/x.js", "/a/node_modules/y/z.js", "/a/node_modules/bullmq/x.js", "/a/q.js"],
      ", created by ioredis for bullmq at /a/q.js:3",
    ],
    ["a package in a package", ["/a/node_modules/b/node_modules/c/x.js"], ", created by c"],
    [
      "a loader's hooks",
      ["node:internal/modules/esm/hooks", "/a/b.mjs"],
      ", created by module.register() at /a/b.mjs:1",
    ],
    [
      "a package, between forker's own frames in an installed package",
      [
        "/a/node_modules/bullmq-forker/dist/entrypoint.mjs",
        "node:net",
        "/a/node_modules/ioredis/x.js",
        "/a/node_modules/bullmq/x.js",
        "/a/q.js",
        "/a/node_modules/bullmq-forker/dist/entrypoint.mjs",
      ],
      ", created by ioredis for bullmq at /a/q.js:4",
    ],
    [
      "the application, called by forker alone",
      ["/a/node_modules/bullmq-forker/dist/entrypoint.mjs", "/a/q.js"],
      ", created at /a/q.js:1",
    ],
    ["fetch", ["node:internal/deps/undici/undici"], ", created by fetch()"],
  ] as const) {
    test(`is ${what}: ${text || "not named"}`, () => assert.equal(originOf(frames(...files)), text));
  }
});

test("the advice is the package's own, or a general one", () => {
  const general = { definition: "close it", adopted: "open it later" };
  for (const origin of [", created by esbuild at /app/build.mjs:1", ", created by esbuild for tsx"]) {
    const { definition, adopted } = adviceOn(origin, general);
    assert.match(definition, /esbuild\.stop\(\).* setup\(\)/);
    assert.match(adopted, /esbuild\.stop\(\).*`await ready\(\)`/);
  }
  assert.equal(adviceOn(", created by myesbuild", general), general);
  assert.equal(adviceOn("", general), general);
});
