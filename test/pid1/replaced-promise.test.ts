// An application may replace the global Promise, as programs with bluebird do. forker keeps Node's own.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import { Forker } from "../support/forker.ts";

const application = `
  class OldPromise extends Promise {}
  for (const name of ["withResolvers", "try", "any"]) OldPromise[name] = undefined;
  globalThis.Promise = OldPromise;
  export { default } from "./workers.mjs";
`;

describe("an application that replaces the global Promise by one with fewer methods", () => {
  for (const engine of ["fork", "spawn"] as const)
    test(`runs its jobs, engine ${engine}`, async () => {
      const prepare = async (folder: string) => await writeFile(path.join(folder, "replaced.mjs"), application);
      await using forker = await Forker.start({ engine, prepare, file: "replaced.mjs", workload: "jobs" });
      await forker.ready();
      await forker.finished(await forker.add("quick"));
      assert.equal(await forker.drained(), 0);
    });
});
