import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  isBefore,
  isSupported,
  parseVersion,
  replacementFor,
  supported,
} from "../../../../src/bull/library/versions.ts";

const root = new URL("../../../../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

for (const name of ["bullmq", "ioredis"] as const) {
  test(`the peer range of ${name} is what forker takes`, () => {
    const { oldest, newest } = supported[name];
    const ranges = Object.keys(newest).map((major, at) => `^${at === 0 ? oldest : `${major}.0.0`}`);
    assert.equal(manifest.peerDependencies[name], ranges.join(" || "));
  });
}

test("the tests run with the newest versions that are called tested", () => {
  const { bullmq, "bullmq-5": five, ioredis } = manifest.devDependencies;
  assert.deepEqual(Object.values(supported.bullmq.newest), [five?.replace("npm:bullmq@", ""), bullmq]);
  assert.equal(supported.ioredis.newest[6], ioredis);
});

const takes: readonly [keyof typeof supported, string, boolean][] = [
  ["bullmq", "4.18.3", false],
  ["bullmq", "5.0.0", true],
  ["bullmq", "5.99.0", true],
  ["bullmq", "6.7.0", true],
  ["bullmq", "7.0.0", false],
  ["ioredis", "4.28.5", false],
  ["ioredis", "5.0.0", true],
  ["ioredis", "6.0.0", true],
];
for (const [name, version, expected] of takes)
  test(`${name} ${version} is ${expected ? "taken" : "refused"}`, () => {
    assert.equal(isSupported(name, parseVersion(version)), expected);
  });

const upgrades: readonly [keyof typeof supported, string, string][] = [
  ["bullmq", "4.18.3", "bullmq@5"],
  ["bullmq", "3.0.0", "bullmq@5"],
  ["bullmq", "5.3.0", "bullmq@5"],
  ["bullmq", "5.99.0", "bullmq@5.81.5"],
  ["bullmq", "7.1.0", "bullmq@6"],
  ["ioredis", "4.28.5", "ioredis@5"],
  ["ioredis", "7.0.0", "ioredis@6"],
];
for (const [name, version, expected] of upgrades)
  test(`the smallest change from ${name} ${version} is ${expected}`, () => {
    assert.equal(replacementFor(name, parseVersion(version)), expected);
  });

test("versions are compared by their major and minor numbers", () => {
  assert.equal(isBefore(parseVersion("5.9.0"), "5.16"), true);
  assert.equal(isBefore(parseVersion("5.16.0"), "5.16"), false);
  assert.equal(isBefore(parseVersion("6.0.0-beta.1"), "5.81"), false);
});
