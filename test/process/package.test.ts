// The package as from a registry, in an otherwise empty folder, installed without running any script.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { Queue, QueueEvents } from "bullmq";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { addonFile } from "../../src/native/binding.ts";
import { PackedPackage, root } from "../support/packed-package.ts";
import { startPid1 } from "../support/pid1.ts";
import { startRedis } from "../support/redis.ts";

const packed = await PackedPackage.install();
const { folder, user, installed } = packed;
const execute: PackedPackage["execute"] = async (...all) => await packed.execute(...all);
const timeoutMs = 60_000;

const app = `
import { defineForker } from "bullmq-forker";
export default defineForker({
  setup(forker) { forker.workload = ["packaged"]; },
  processors: { packaged: async (job) => \`done by \${process.title}: \${job.data.what}\` },
});
`;

packed.write({ "app.mjs": app });
after(() => packed[Symbol.dispose]());

test("the package holds what runs, what users read, and what the addon is built from", () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  for (const name of [
    "dist/entrypoint.mjs",
    "dist/index.mjs",
    "dist/index.cjs",
    "dist/types/index.d.ts",
    `dist/${addonFile}`,
  ])
    assert.ok(files.includes(name), name);
  for (const name of ["build-addon.mjs", "src/native/addon.cc", "README.md", "LICENSE", "docker-compose.yml"])
    assert.ok(files.includes(name), name);
  for (const name of [
    "docker/Dockerfile",
    "docker/.dockerignore",
    "kubernetes/base/deployment.yaml",
    "kubernetes/keda/scaledobject.yaml",
    "ecs/task-definition.json",
    "nomad/workers.nomad.hcl",
    "fly/fly.toml",
    "compose/drop-root.yml",
  ])
    assert.ok(files.includes(`deploy/${name}`), name);
  assert.deepEqual(
    files.filter((name) => /(?<!\.d)\.ts$|^(test|bench|scripts|examples|node_modules)\b/.test(name)),
    [],
  );
});

test("each relative link in the packed documents leads to a packed file", () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  const broken = files
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      const text = readFileSync(path.join(installed, name), "utf8");
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to = ""]) => to);
      return targets.filter((to) => !files.includes(path.join(path.dirname(name), to))).map((to) => `${name}: ${to}`);
    });
  assert.deepEqual(broken, []);
});

test("the manifest of the package makes no false claim", async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("npx forker check finds nothing wrong, and a forked worker runs a real job", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url, FORKER_USER: "root", NODE_OPTIONS: undefined };
  const { stdout } = await execute("npx", ["--no", "forker", "check", "app.mjs"], user, env);
  assert.match(stdout, /1 worker: packaged/);
  assert.match(stdout, /^no problems found$/m);
  const command = [process.execPath, path.join(user, "node_modules/.bin/forker"), "app.mjs"];
  await using pid1 = await startPid1({ command, cwd: user, env: { ...env, FORKER_ENGINE: "fork" } });
  const connection = { url: redis.url };
  await using queue = disposable(new Queue("packaged", { connection }));
  await using events = disposable(new QueueEvents("packaged", { connection }));
  const job = await queue.add("one", { what: "a job" });
  assert.match(String(await job.waitUntilFinished(events, timeoutMs)), /^done by forker worker 0 .*: a job$/);
  pid1.signal("SIGQUIT");
  assert.equal(await pid1.exitCode(timeoutMs), 0, pid1.transcript);
});

test("README's application file is accepted as it stands, with README's workload", async () => {
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const [, application = ""] = /```js\n(\/\/ workers\.mjs\n[^]*?)```/.exec(readme) ?? [];
  const [, workload] = /WORKLOAD: "(.+)"/.exec(readme) ?? [];
  mkdirSync(path.join(user, "dist"));
  writeFileSync(path.join(user, "dist/app.js"), "");
  writeFileSync(path.join(user, "workers.mjs"), application);
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url, WORKLOAD: workload, FORKER_USER: "root", NODE_OPTIONS: undefined };
  const { stdout } = await execute("npx", ["--no", "forker", "check", "workers.mjs"], user, env);
  assert.match(stdout, /4 workers: import; import,export; import,export; \*/);
});

test("npx forker-build-addon builds the addon again, from the package alone", async () => {
  const file = path.join(installed, "dist", addonFile);
  rmSync(file);
  const { stdout } = await execute("npx", ["--no", "forker-build-addon"]);
  assert.equal(stdout.trim(), file);
  const ask = `console.log(JSON.stringify(require(${JSON.stringify(file)}).inspectLayout()))`;
  const answer = await execute(process.execPath, ["-e", ask]);
  assert.equal((JSON.parse(answer.stdout) as { supported: boolean }).supported, true);
});

test("npx forker-build-addon builds with a compiler that has a new warning", async () => {
  const compiler = path.join(folder, "newer-compiler");
  writeFileSync(`${compiler}.h`, "#warning something new\n");
  writeFileSync(compiler, `#!/bin/sh\nexec g++ -include "$0.h" "$@"\n`, { mode: 0o755 });
  const { stdout, stderr } = await execute("npx", ["--no", "forker-build-addon"], user, { CXX: compiler });
  assert.equal(stdout.trim(), path.join(installed, "dist", addonFile));
  assert.match(stderr, /warning: .*something new/);
});

test("a prebuilt addon needs no newer glibc than the oldest that Node runs on", async () => {
  const oldest = 28;
  const prebuilt = readdirSync(path.join(root, "dist")).filter((name) => /^forker-linux-\w+\.node$/.test(name));
  for (const name of prebuilt) {
    const text = readFileSync(path.join(root, "dist", name), "latin1");
    const minors = [...text.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    assert.ok(minors.length > 0 && Math.max(...minors) <= oldest, `${name}: ${minors.join(" ")}`);
  }
});

function disposable<Client extends { close(): Promise<void> }>(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: async () => await client.close() });
}
