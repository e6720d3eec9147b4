// An application of its own Workers with BullMQ and ioredis inside its bundle: test/fixtures/applications/classic, bundled, on a
// machine without packages.
import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import type { BuildOptions } from "esbuild";
import { bundle, bundleApplication } from "../support/bundle.ts";
import { Forker, type ForkerOptions } from "../support/forker.ts";
import { entries, recorded } from "../support/ledger.ts";

interface Way extends Pick<ForkerOptions, "engine" | "bullMajor"> {
  readonly what: string;
  readonly file: string;
  readonly build?: BuildOptions;
  /** Default: worker.js. */
  readonly from?: string;
}

const ways: readonly Way[] = [
  { what: "BullMQ 6 in CommonJS", engine: "fork", bullMajor: 6, file: "app.cjs" },
  { what: "BullMQ 5 in minified CommonJS", engine: "fork", bullMajor: 5, file: "app.cjs", build: { minify: true } },
  { what: "BullMQ 6 in a minified ES module", engine: "fork", bullMajor: 6, file: "app.mjs", build: { minify: true } },
  { what: "BullMQ 5 in an ES module", engine: "spawn", bullMajor: 5, file: "app.mjs" },
  { what: "BullMQ 6 that waits for Redis first", engine: "fork", bullMajor: 6, file: "app.cjs", from: "late.js" },
  { what: "BullMQ 5 that waits for Redis first", engine: "spawn", bullMajor: 5, file: "app.mjs", from: "late.js" },
];

async function start(
  { file, build, engine, bullMajor, from = "worker.js" }: Way,
  more: ForkerOptions = {},
): Promise<Forker> {
  const prepare = async (folder: string) => await bundleApplication(folder, from, file, build);
  const versions = { ...(engine && { engine }), ...(bullMajor && { bullMajor }) };
  const forker = await Forker.start({
    fixture: "applications/classic",
    file,
    workload: "",
    prepare,
    ...versions,
    ...more,
  });
  await forker.ready();
  return forker;
}

const copies = (forker: Forker) => forker.log.filter(({ msg }) => String(msg).includes("copies of BullMQ"));

for (const way of ways)
  describe(`${way.what}, engine ${way.engine}`, { concurrency: false }, () => {
    test("its Workers process their queues, with their own options and events", async () => {
      await using forker = await start(way);
      const mails = await Promise.all([1, 2, 3, 4].map(() => forker.add("mail", {}, "mail")));
      // concurrency: 3
      await recorded(forker, "send", 3);
      for (const id of mails) await forker.release(id);
      await recorded(forker, "completed", 4, { queue: "mail" });
      assert.equal(await forker.queue("mail").getCompletedCount(), 2);
      const flaky = await forker.add("flaky", { attempts: 2, backoff: { type: "custom" } }, "import");
      const failed = await recorded(forker, "failed", 2, { job: flaky });
      assert.deepEqual(
        failed.map((entry) => [entry["attemptsMade"], entry["isLast"], entry["error"]]),
        [
          [1, false, "no such file"],
          [2, true, "no such file"],
        ],
      );
      const id = await forker.add("resize", {}, "thumbnails");
      const [resized] = await recorded(forker, "completed", 1, { job: id });
      assert.notEqual((resized?.["result"] as { pid: number } | undefined)?.pid, resized?.pid);
      await recorded(forker, "ready", 1, { queue: "import" });
      assert.deepEqual(copies(forker), []);
      assert.doesNotMatch(forker.pid1.transcript, /another copy of BullMQ/);
    });

    test("another worker runs the job of one that was killed, and TERM ends both", async () => {
      await using forker = await start(way, { workload: "2" });
      const id = await forker.add("mail", {}, "mail");
      const [first] = await recorded(forker, "send", 1, { job: id });
      forker.pid1.signalInner(first?.pid ?? 0, "SIGKILL");
      const runs = await recorded(forker, "send", 2, { job: id });
      assert.notEqual(runs[1]?.pid, first?.pid);
      await forker.release(id);
      const [completed] = await recorded(forker, "completed", 1, { job: id });
      assert.equal(completed?.["attemptsMade"], 1);
      // Before it is ready, the successor of the killed worker has not run the application's code that says goodbye.
      await forker.ready();
      forker.pid1.signal("SIGTERM");
      assert.equal(await forker.pid1.exitCode(60_000), 0);
      await recorded(forker, "goodbye", 2);
      assert.equal((await entries(forker, "completed")).length, 1);
    });

    test("all Workers of a process share two connections", async () => {
      await using forker = await start(way);
      const id = await forker.add("resize", {}, "thumbnails");
      await recorded(forker, "completed", 1, { job: id });
      const list = (await forker.client.client("LIST")) as string;
      const names = list.split("\n").flatMap((line) => /\bname=(bull:\S+)/.exec(line)?.[1] ?? []);
      // The lanes' two connections, and those of the application's Queue and QueueEvents, which have no name.
      assert.equal(names.filter((name) => name.includes(":w:") || name.includes("slot")).length, 2, list);
    });
  });

test("a package of BullMQ that the application has loaded besides is reported once", async () => {
  const [way] = ways;
  assert.ok(way);
  const prepare = async (folder: string) => {
    await bundle(path.join(folder, "worker.js"), path.join(folder, "app.cjs"), {
      footer: { js: `require("./node_modules/bullmq");` },
    });
    await bundle(path.join(folder, "node_modules/bullmq/dist/cjs/classes/main.js"), path.join(folder, "main.js"));
  };
  await using forker = await start(way, { prepare });
  const id = await forker.add("plain", {}, "import");
  await recorded(forker, "completed", 1, { job: id });
  const [warning, ...others] = copies(forker);
  assert.match(
    String(warning?.["msg"]),
    /^found 2 copies of BullMQ in one process: forker uses 6\S+ inside the application's bundle, and .* 6\S+ in \S+node_modules/,
  );
  assert.deepEqual(others, []);
});

test("a package of BullMQ that the application does not load is not reported", async () => {
  const [way] = ways;
  assert.ok(way);
  const prepare = async (folder: string) => {
    await bundle(path.join(folder, "worker.js"), path.join(folder, "app.cjs"));
    await bundle(path.join(folder, "node_modules/bullmq/dist/cjs/classes/main.js"), path.join(folder, "main.js"));
  };
  await using forker = await start(way, { prepare });
  const id = await forker.add("plain", {}, "import");
  await recorded(forker, "completed", 1, { job: id });
  assert.deepEqual(copies(forker), []);
});
