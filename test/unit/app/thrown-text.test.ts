import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import { thrownPlace, thrownText } from "../../../src/app/thrown-text.ts";

const own = path.join(import.meta.dirname, "../../../src/app/thrown-text.ts");

function thrown(error: Error, ...frames: string[]): Error {
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return error;
}

describe("the text of what was thrown", () => {
  test("has its class, its message, and the first frame of the application's code", () => {
    const error = thrown(
      new TypeError("no such host\nat all"),
      "process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
      `call (${own}:7:3)`,
      "Socket.<anonymous> (/app/node_modules/pg/lib/client.js:1:2)",
      "connect (file:///app/db.js:3:9)",
      "async main (file:///app/main.js:1:1)",
    );
    assert.equal(thrownText(error), "TypeError: no such host at connect (file:///app/db.js:3:9)");
    assert.equal(thrownPlace(error), " (TypeError at connect (file:///app/db.js:3:9))");
  });

  test("has a frame of a package if the application is not on the stack", () => {
    const error = thrown(new Error("closed"), "close (/app/node_modules/pg/lib/client.js:1:2)");
    assert.equal(thrownText(error), "Error: closed at close (/app/node_modules/pg/lib/client.js:1:2)");
  });

  test("has no frame if there is none, and takes any value", () => {
    for (const [value, text, place] of [
      [thrown(new RangeError("empty")), "RangeError: empty", ""],
      ["no database", "no database (thrown)", ""],
      [undefined, "undefined (thrown)", ""],
      [Object.assign(new Error("odd"), { stack: 3 }), "Error: odd", ""],
    ] as const)
      assert.deepEqual([thrownText(value), thrownPlace(value)], [text, place]);
  });
});
