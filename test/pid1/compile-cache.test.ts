// A worker of the spawn engine loads the application itself, from V8's code cache, which its template has written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Forker } from "../support/forker.ts";

test("FORKER_ENGINE=spawn: the first worker finds the application already compiled", async () => {
  await using forker = await Forker.start({
    engine: "spawn",
    // One worker, so that no other worker can have written what it finds.
    workload: "jobs",
    env: { NODE_DEBUG_NATIVE: "COMPILE_CACHE" },
  });
  await forker.ready();
  // Everything that was written has been read by then. Node writes its lines in pieces, and this is one of them.
  assert.equal(await forker.drained(), 0);
  const application = `file://${forker.folder}/workers.mjs was accepted`;
  assert.equal(forker.pid1.errorLines.filter((line) => line.includes(application)).length, 1);
});
