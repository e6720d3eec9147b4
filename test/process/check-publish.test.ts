import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/check-publish.mjs", import.meta.url));
const manifestFile = fileURLToPath(new URL("../../package.json", import.meta.url));
const url = "https://example.com/bullmq-forker";

function checkPublish(manifest: object): { readonly status: number | null; readonly stderr: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-publish-"));
  try {
    writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
    return spawnSync(process.execPath, [script], { cwd: folder, encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("npm publish runs the check of the addresses", () => {
  const { scripts } = JSON.parse(readFileSync(manifestFile, "utf8"));
  assert.equal(scripts.prepublishOnly, "node scripts/check-publish.mjs");
});

test("npm publish fails with one line that names each address that package.json lacks", () => {
  const { status, stderr } = checkPublish({ name: "bullmq-forker", homepage: url });
  assert.equal(status, 1);
  assert.match(stderr, /^publish: \S+package\.json has no repository, no bugs: set them to the public address .*\n$/);
});

test("npm publish goes on if package.json has all addresses", () => {
  const { status, stderr } = checkPublish({ name: "bullmq-forker", homepage: url, bugs: url, repository: url });
  assert.deepEqual([status, stderr], [0, ""]);
});
