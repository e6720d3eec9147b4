// forker init of the packed package, in a project that has nothing else.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { PackedPackage, root } from "../support/packed-package.ts";
import { startRedis } from "../support/redis.ts";

const packed = await PackedPackage.install();
after(() => packed[Symbol.dispose]());
const forker = async (...words: readonly string[]) => await packed.execute("npx", ["--no", "forker", ...words]);
const read = (file: string) => readFileSync(path.join(packed.user, file), "utf8");

test("--dry-run prints the files and writes none", async () => {
  const { stdout } = await forker("init", "--kubernetes", "--dry-run");
  assert.match(stdout, /^would write Dockerfile:\n {4}FROM node:24-bookworm-slim$/m);
  assert.match(stdout, /^would write kubernetes\/deployment\.yaml:$/m);
  for (const file of ["Dockerfile", "kubernetes", "workers.mjs"])
    assert.ok(!existsSync(path.join(packed.user, file)), file);
});

test("the files are written, and an existing one stays as it is", async () => {
  packed.write({ ".dockerignore": "mine\n" });
  const { stdout } = await forker("init", "--kubernetes");
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "kept   .dockerignore: it exists",
    "wrote  workers.mjs",
    "wrote  Dockerfile",
    "wrote  docker-compose.yml",
    "wrote  kubernetes/deployment.yaml",
    "wrote  kubernetes/poddisruptionbudget.yaml",
    "note   workers.mjs: add your processors",
    "note   kubernetes/deployment.yaml: set your image, and create the secret: kubectl create secret generic workers --from-literal=redis-url=redis://…",
    "next:",
    "  npx forker check ./workers.mjs",
    "  docker compose up --build workers",
  ]);
  assert.equal(read(".dockerignore"), "mine\n");
  assert.equal(read("Dockerfile"), readFileSync(path.join(root, "deploy/docker/Dockerfile"), "utf8"));
  const again = await forker("init", "--kubernetes");
  assert.doesNotMatch(again.stdout, /wrote/);
});

test("the application file asks for its first processor, and runs with it", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url, FORKER_USER: "root", NODE_OPTIONS: undefined };
  const check = async () => await packed.execute("npx", ["--no", "forker", "check", "./workers.mjs"], packed.user, env);
  await assert.rejects(check, {
    code: 65,
    stdout: /processors: expected an object of functions by queue name, got an empty one/,
  });
  const text = read("workers.mjs");
  const completed = text.replace(/\/\/ (mail: async .*)/, "$1");
  assert.notEqual(completed, text);
  writeFileSync(path.join(packed.user, "workers.mjs"), completed);
  assert.match((await check()).stdout, /^no problems found$/m);
});
