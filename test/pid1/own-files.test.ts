// A deployment that deletes or replaces what PID 1 was started from: Node's binary, forker's bundle, its addon, its folder.
import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { addonFile } from "../../src/native/binding.ts";
import { eventually } from "../support/deadline.ts";
import { entrypoint, Forker, type ForkerOptions } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";
import { startRedis } from "../support/redis.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const fixture = path.join(root, "test/fixtures/forker");

/** The application's view of its process, in place of a version: the ledger records it with each job. */
const facts = (name: string) => `
import { readdirSync, readlinkSync } from "node:fs";
const files = readdirSync("/proc/self/fd").flatMap((fd) => {
  try { return [readlinkSync("/proc/self/fd/" + fd)]; } catch { return []; }
});
export const version = JSON.stringify({
  name: "${name}",
  folder: process.cwd(),
  entry: process.argv[1],
  execPath: process.execPath,
  execArgv: process.execArgv,
  kept: files.filter((file) => /memfd:forker |forker-linux/.test(file)),
});
`;

interface Facts {
  readonly name: string;
  readonly folder: string;
  readonly entry: string;
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly kept: readonly string[];
}

interface Site extends Disposable {
  readonly folder: string;
  readonly current: string;
  /** Paths through `current`. */
  readonly node: string;
  readonly forker: string;
  /** Creates a release. Its copy of forker's bundle has this content, if it is given. */
  release(name: string, options?: { readonly addon?: boolean; readonly bundle?: string }): string;
  switchTo(release: string): void;
}

const inRelease = { node: "bin/node", dist: "node_modules/bullmq-forker/dist" } as const;

function makeSite(): Site {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-site-"));
  chmodSync(folder, 0o755);
  const current = path.join(folder, "current");
  return {
    folder,
    current,
    node: path.join(current, inRelease.node),
    forker: path.join(current, inRelease.dist, "entrypoint.mjs"),
    release(name, { addon = true, bundle } = {}) {
      const release = path.join(folder, "releases", name);
      cpSync(fixture, release, { recursive: true });
      writeFileSync(path.join(release, "version.mjs"), facts(name));
      mkdirSync(path.join(release, "bin"));
      placeNode(path.join(release, inRelease.node));
      const dist = path.join(release, inRelease.dist);
      mkdirSync(dist, { recursive: true });
      for (const one of ["bullmq", "ioredis"])
        symlinkSync(path.join(root, "node_modules", one), path.join(release, "node_modules", one));
      if (bundle === undefined) copyFileSync(entrypoint, path.join(dist, "entrypoint.mjs"));
      else writeFileSync(path.join(dist, "entrypoint.mjs"), bundle);
      if (addon) copyFileSync(path.join(path.dirname(entrypoint), addonFile), path.join(dist, addonFile));
      return release;
    },
    switchTo(release) {
      const next = path.join(folder, "next");
      symlinkSync(release, next);
      renameSync(next, current);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Creates a hard link to the binary where the file system allows it, because the binary has a hundred megabytes. */
function placeNode(file: string): void {
  try {
    linkSync(process.execPath, file);
  } catch {
    copyFileSync(process.execPath, file);
  }
}

interface StartOptions {
  readonly engine?: ForkerOptions["engine"];
  readonly env?: ForkerOptions["env"];
}

/** Starts as a container engine does with WORKDIR and a relative path: the kernel resolves the folder, and PWD is not set. */
async function start(site: Site, { engine = "fork", env = {} }: StartOptions): Promise<Forker> {
  const redis = await startRedis();
  const pid1 = await startPid1({
    command: [site.node, site.forker, "./workers.mjs"],
    cwd: site.current,
    env: {
      PWD: undefined,
      NODE_OPTIONS: undefined,
      REDIS_URL: redis.url,
      TEST_LEDGER: redis.url,
      FORKER_USER: "root",
      FORKER_ENGINE: engine,
      FORKER_LOG_LEVEL: "debug",
      WORKLOAD: "jobs x2",
      ...env,
    },
  });
  return new Forker(redis, site.folder, pid1);
}

/** Runs a job and returns what it finds. */
async function factsOfJob(forker: Forker): Promise<Facts> {
  const { version } = await forker.finished(await forker.add("quick"));
  return JSON.parse(version) as Facts;
}

/** The new generation is the new release, a keeper that dies is replaced and does its work, and QUIT ends with 0. */
async function goesOn(forker: Forker, hasBoard = true): Promise<void> {
  const { keeperPid } = await forker.logged("keeper ready");
  forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
  await forker.pid1.until(
    "another keeper",
    () => forker.log.filter(({ msg }) => msg === "keeper ready").length === 2,
    60_000,
  );
  if (hasBoard) {
    const held = await forker.add("held");
    const { pid } = await forker.began(held);
    forker.pid1.signalInner(pid, "SIGKILL");
    const second = await forker.began(held, 2);
    assert.notEqual(second.pid, pid);
    await forker.release(held);
    await forker.finished(held);
  }
  assert.equal(await forker.drained(), 0, forker.pid1.transcript);
}

const otherVersion = 'console.log("another version of forker"); process.exit(99);\n';

describe("after `current` was switched and the first release was deleted", () => {
  const cases: Readonly<Record<string, StartOptions & { readonly addon?: boolean }>> = {
    "as root, forked": {},
    "with FORKER_USER, forked": { env: { FORKER_USER: "12345:12345" } },
    "with FORKER_USER, spawned": { engine: "spawn", env: { FORKER_USER: "12345:12345" } },
    "with a preload of the application's": { env: { NODE_OPTIONS: "--import data:text/javascript," } },
    "without an addon": { engine: "auto", addon: false },
  };
  for (const [name, { addon = true, ...options }] of Object.entries(cases)) {
    test(`HUP loads the second release ${name}`, async () => {
      using site = makeSite();
      const first = site.release("first", { addon });
      site.switchTo(first);
      await using forker = await start(site, options);
      // A spawned worker that still loads the application would find the second release in the first one's folder.
      const started = () => forker.log.filter(({ msg }) => msg === "worker started").length;
      await forker.pid1.until("both workers to start", () => started() === 2, 60_000);
      assert.equal((await factsOfJob(forker)).name, "first");
      const second = site.release("second", { addon, bundle: otherVersion });
      site.switchTo(second);
      rmSync(first, { recursive: true });
      forker.pid1.signal("SIGHUP");
      const job = await eventually(60_000, "a job of the second release", async () => {
        const seen = await factsOfJob(forker);
        return seen.name === "second" ? seen : undefined;
      });
      assert.deepEqual(job, {
        name: "second",
        folder: second,
        entry: path.join(second, "workers.mjs"),
        execPath: path.join(first, inRelease.node),
        execArgv: [],
        kept: [],
      });
      await goesOn(forker, addon);
    });
  }
});

test("after another version of forker was installed in place, new children run init's own version", async () => {
  using site = makeSite();
  const release = site.release("only");
  site.switchTo(release);
  await using forker = await start(site, {});
  assert.equal((await factsOfJob(forker)).name, "only");
  const dist = path.join(release, inRelease.dist);
  rmSync(dist, { recursive: true });
  mkdirSync(dist);
  writeFileSync(path.join(dist, "entrypoint.mjs"), otherVersion);
  writeFileSync(path.join(dist, addonFile), "another version of the addon\n");
  forker.pid1.signal("SIGHUP");
  await forker.reloaded(2);
  await goesOn(forker);
});

test("after the bundle was overwritten in place, new children run init's own copy", async () => {
  using site = makeSite();
  const release = site.release("only");
  site.switchTo(release);
  await using forker = await start(site, {});
  assert.equal((await factsOfJob(forker)).name, "only");
  writeFileSync(path.join(release, inRelease.dist, "entrypoint.mjs"), otherVersion);
  forker.pid1.signal("SIGHUP");
  await forker.reloaded(2);
  await goesOn(forker);
});
