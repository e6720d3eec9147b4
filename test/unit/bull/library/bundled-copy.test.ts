import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bundledCopy, type FoundCopy } from "../../../../src/bull/library/bundled-copy.ts";

class Worker {
  readonly keys: Readonly<Record<string, string>>;
  constructor(...keys: string[]) {
    this.keys = Object.fromEntries(keys.map((key) => [key, `bull:q:${key}`]));
  }
}
class RedisConnection {
  readonly status = "initializing";
}
class RedisQueueBackend {
  readonly name = "q";
}

function found(worker: Worker, more: Partial<FoundCopy> = {}): FoundCopy {
  const common = { RedisConnection, RedisQueueBackend: undefined, version: undefined };
  return { worker: worker as never, Worker, ...common, ...more };
}

describe("a copy of BullMQ inside a bundle", () => {
  test("has the version that its connections state", () => {
    const { version, api } = bundledCopy(found(new Worker("wait", "marker"), { version: "5.81.5" }));
    assert.deepEqual(version, { major: 5, minor: 81, text: "5.81.5" });
    assert.ok("WaitingError" in api);
    assert.equal("RedisQueueBackend" in api, false);
  });

  test("is of version 6 if it has backends, and of an early 5 if it has only markers", () => {
    assert.equal(bundledCopy(found(new Worker("marker"), { RedisQueueBackend })).version.major, 6);
    const early = bundledCopy(found(new Worker("marker")));
    assert.deepEqual([early.version.major, early.version.minor], [5, 0]);
    assert.equal("WaitingError" in early.api, false);
  });

  test("is refused by its version, with the smallest upgrade that helps", () => {
    const refused = (code: string, message: RegExp) => ({ code, message });
    const code = "ERR_FORKER_BULLMQ_VERSION";
    assert.throws(
      () => bundledCopy(found(new Worker("wait"))),
      refused(code, /got 4 or older \(inside the application's bundle\): npm install bullmq@5$/),
    );
    assert.throws(
      () => bundledCopy(found(new Worker("marker"), { version: "7.0.1" })),
      refused(code, /expected version 5\.0 to 6, got 7\.0\.1 .*: npm install bullmq@6$/),
    );
  });

  test("has the keys of any queue, by the names of the Worker's keys", () => {
    const { QueueKeys } = bundledCopy(found(new Worker("", "wait", "marker"), { version: "6.7.0" })).api;
    assert.deepEqual(new QueueKeys("p").getKeys("n"), { "": "p:n:", wait: "p:n:wait", marker: "p:n:marker" });
    assert.equal(new QueueKeys().toKey("n", "meta"), "bull:n:meta");
  });
});
