import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";
import { describe, test } from "node:test";
import { lacksMarks, markedPrototype, resemblesWorker } from "../../../../src/bull/library/marks.ts";
import { supportedBulls } from "../../../support/bull-versions.ts";

const load = createRequire(import.meta.url);

/** An instance, as it is when its constructor begins. */
const begun = (found: { readonly prototype: object }): object => Object.create(found.prototype) as object;

for (const { version, folder } of supportedBulls)
  describe(`BullMQ ${version.text}`, () => {
    const api = load(folder) as typeof import("bullmq");

    test("its classes are recognized by their methods, also in a subclass without a name", () => {
      for (const name of ["Worker", "RedisConnection", "RedisQueueBackend"] as const) {
        const found = api[name] as unknown as (new () => object) | undefined;
        if (found === undefined) continue;
        assert.equal(markedPrototype(begun(found), name), found.prototype);
        assert.equal(markedPrototype(begun(class extends found {}), name), found.prototype);
        for (const other of ["Worker", "RedisConnection", "RedisQueueBackend"] as const)
          if (other !== name) assert.equal(markedPrototype(begun(found), other), undefined);
      }
    });

    test("its other emitters are not taken for Workers", () => {
      for (const name of ["Queue", "QueueEvents", "FlowProducer", "RedisConnection", "RedisQueueBackend"] as const) {
        const found = api[name] as { readonly prototype: object } | undefined;
        if (found !== undefined) assert.equal(resemblesWorker(begun(found)), false, name);
      }
    });
  });

test("other emitters, and queues of Bull 4, are not taken for Workers", () => {
  class BullQueue extends EventEmitter {
    getNextJob(): void {}
    processJob(): void {}
    whenCurrentJobsFinished(): void {}
  }
  for (const emitter of [new BullQueue(), new EventEmitter(), new net.Socket()]) {
    assert.equal(resemblesWorker(emitter), false);
    assert.equal(markedPrototype(emitter, "Worker"), undefined);
  }
});

test("a Worker with renamed methods still resembles one, but has not its marks", () => {
  class Renamed extends EventEmitter {
    nextJobFromJobData(): void {}
    startStalledCheckTimer(): void {}
    a(): void {}
  }
  assert.equal(resemblesWorker(new Renamed()), true);
  assert.equal(markedPrototype(new Renamed(), "Worker"), undefined);
});

test("a bundle lacks the marks if BullMQ's Worker is in it, and one of its methods is not", () => {
  const methods =
    "nextJobFromJobData(){}startStalledCheckTimer(){}getNextJob(a){}processJob(){}whenCurrentJobsFinished(){}";
  const worker = `throw new Error("Worker requires a connection");`;
  assert.equal(lacksMarks(worker + methods), false);
  assert.equal(
    lacksMarks(worker + methods.replace("getNextJob(a){}", "W.prototype.getNextJob = function (a) {}")),
    false,
  );
  assert.equal(lacksMarks(worker + methods.replace("getNextJob(a){}", '{key:"getNextJob",value:function(){}}')), false);
  // BullMQ also names its methods in strings.
  assert.equal(lacksMarks(worker + methods.replace("getNextJob", 'b(){trace("getNextJob")}a')), true);
  // A bundle with nothing but BullMQ's Queue.
  assert.equal(lacksMarks("class Queue {}"), false);
});
