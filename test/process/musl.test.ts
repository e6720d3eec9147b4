// The tests have no Node that is built for musl. musl itself, and a program that loads the addon as Node does, replace one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileAddon, strict } from "../../build-addon.mjs";

const fixtures = fileURLToPath(new URL("../fixtures/musl", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "forker-musl-"));
after(() => rmSync(folder, { recursive: true }));

const run = (command: string, ...words: string[]) => execFileSync(command, words, { encoding: "utf8" }).trim();

/** g++'s header files come before musl's. The addon needs nothing of them that depends on the C library. */
function cPlusPlusHeaders(): string[] {
  const version = run("gcc", "-dumpversion");
  const folders = [
    fixtures,
    `/usr/include/c++/${version}`,
    `/usr/include/${run("gcc", "-print-multiarch")}/c++/${version}`,
  ];
  return ["-nostdinc++", ...folders.flatMap((name) => ["-isystem", name])];
}

test("on musl the addon builds, loads and works, and refuses to fork", () => {
  const addon = compileAddon(["musl-gcc", ...strict, ...cPlusPlusHeaders()], path.join(folder, "addon.node"));
  const headers = path.join(path.dirname(process.execPath), "../include/node");
  const host = path.join(folder, "host");
  run("musl-gcc", "-rdynamic", "-isystem", headers, path.join(fixtures, "host.c"), "-o", host);
  assert.deepEqual(run(host, addon).split("\n"), [
    "-- inspectLayout",
    "supported false",
    "reason the C library is not glibc, the only one that forking is verified on",
    "-- becomeSubreaper",
    "-- setNoNewPrivileges",
    "-- reap",
    "exitCode 7",
  ]);
});
