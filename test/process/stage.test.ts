import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { stage } from "../../scripts/stage.mjs";

const files = ["package.json", "dist/entrypoint.mjs", "tools/node", "test/support/pid1.ts", ".git/HEAD"];

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "forker-stage-test-"));
  for (const file of files) write(file, 0o600);
  mkdirSync(path.join(root, "node_modules/.bin"), { recursive: true });
  symlinkSync("../../tools/node", path.join(root, "node_modules/.bin/node"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, mode: number): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), file, { mode });
}

function readAsNobody(file: string): string {
  const as = ["--reuid=65534", "--regid=65534", "--clear-groups", "--", "cat", file];
  return execFileSync("setpriv", as, { encoding: "utf8" });
}

test("a checkout that other users cannot enter is copied to where they can, and keeps what the tests install", () => {
  const { folder, end } = stage(root);
  try {
    assert.notEqual(folder, root);
    assert.equal(readAsNobody(path.join(folder, "dist/entrypoint.mjs")), "dist/entrypoint.mjs");
    assert.equal(readAsNobody(path.join(folder, "node_modules/.bin/node")), "tools/node");
    assert.ok(!existsSync(path.join(folder, ".git")));
    mkdirSync(path.join(folder, ".run"));
    writeFileSync(path.join(folder, ".run/installed"), "a Node");
  } finally {
    end();
  }
  assert.ok(!existsSync(folder));
  assert.equal(readFileSync(path.join(root, ".run/installed"), "utf8"), "a Node");
});

test("a checkout that other users can enter is used in place", () => {
  execFileSync("chmod", ["-R", "go+rX", root]);
  const { folder, end } = stage(root);
  assert.equal(folder, root);
  end();
  assert.ok(existsSync(path.join(root, "package.json")));
});

test("a checkout that is not built is refused, and the missing file is named", () => {
  rmSync(path.join(root, "dist/entrypoint.mjs"));
  assert.throws(
    () => stage(root),
    /^Error: dist\/entrypoint\.mjs is missing in .*: run node scripts\/setup\.mjs first$/,
  );
});
