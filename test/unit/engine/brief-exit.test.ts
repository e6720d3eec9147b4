import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const module = new URL("../../../src/engine/fork/brief-exit.ts", import.meta.url).href;

const program = `
  import { writeSync } from "node:fs";
  import { exitBriefly, trackExit } from ${JSON.stringify(module)};
  trackExit();
  process.on("exit", (code) => writeSync(1, "left with " + code));
  exitBriefly();
  process.exit(3);
`;

test("a brief exit calls the listeners of exit, and ends with the code", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(status, 3);
  assert.equal(stdout, "left with 3");
});
