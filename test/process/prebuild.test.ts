import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/prebuild.mjs", import.meta.url));

test("npm pack without the cross compiler fails with one line that names the compiler and its package", () => {
  const empty = mkdtempSync(path.join(tmpdir(), "forker-prebuild-"));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      env: { PATH: empty },
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /^prebuild: found no C\+\+ compiler \S+-linux-gnu-g\+\+: install it \(Debian: apt-get install g\+\+-\S+\), or set CXX .*\n$/,
    );
  } finally {
    rmSync(empty, { recursive: true });
  }
});
