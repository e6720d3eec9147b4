import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packageVersion } from "../../../src/entry/package-version.ts";

test("the version is the one of package.json, from any folder", (context) => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const folder = process.cwd();
  context.after(() => process.chdir(folder));
  process.chdir("/");
  assert.equal(packageVersion(), version);
});
