import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import net from "node:net";
import test from "node:test";
import { Cluster, Redis } from "ioredis";
import { prototypeOfClient } from "../../../../src/bull/parking/recognize-client.ts";

test("clients of ioredis are recognized by the methods of their class, also those of a subclass", () => {
  class Own extends Redis {}
  const options = { lazyConnect: true };
  assert.deepEqual(prototypeOfClient(new Redis(options)), { kind: "Redis", methods: Redis.prototype });
  assert.deepEqual(prototypeOfClient(new Own(options)), { kind: "Redis", methods: Redis.prototype });
  const cluster = new Cluster([{ port: 1 }], options);
  assert.deepEqual(prototypeOfClient(cluster), { kind: "Cluster", methods: Cluster.prototype });
});

test("other emitters are not taken for clients of ioredis", () => {
  class Other extends EventEmitter {
    connect(): void {}
    disconnect(): void {}
    sendCommand(): void {}
  }
  for (const emitter of [new Other(), new EventEmitter(), new net.Socket()])
    assert.equal(prototypeOfClient(emitter), undefined);
});
