import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { Queue } from "bullmq";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";
import { projectFolder } from "../support/project-folder.ts";
import { templateAndWorkers } from "../support/template-and-workers.ts";
import { useRedis } from "../support/use-redis.ts";
import { loggers } from "./log-threads/loggers.mjs";

interface Mark {
  readonly where: string;
  readonly pid: number;
  readonly serial: number;
}

const jobs = 40;
const linesOfLoad = 300;
const linesOfJob = 20;
const waitMs = 60_000;
const { redis } = await useRedis();

describe("no line is lost or written twice when an application is forked that logs through", () => {
  for (const logger of Object.keys(loggers)) {
    test(logger, async (context) => {
      const folder = projectFolder(context, {});
      const prefix = logger.replaceAll(" ", "-");
      await using pid1 = await startPid1({
        command: [process.execPath, entrypoint, path.join(import.meta.dirname, "log-threads/app.mjs")],
        cwd: import.meta.dirname,
        env: {
          NODE_OPTIONS: undefined,
          REDIS_URL: redis.url,
          FORKER_PREFIX: prefix,
          FORKER_USER: "root",
          FORKER_ENGINE: "fork",
          WORKLOAD: "jobs x2",
          LOGGER: logger,
          LOG_FILE: path.join(folder, "log"),
        },
      });
      await using queue = Object.assign(new Queue("jobs", { connection: { url: redis.url }, prefix }), {
        [Symbol.asyncDispose]: async () => await queue.close(),
      });
      const { template, workers } = await templateAndWorkers(pid1, 2);
      const done = async (count: number) => {
        await queue.addBulk(Array.from({ length: jobs / 2 }, () => ({ name: "log", data: {} })));
        await eventually(waitMs, `${count} jobs`, async () => (await queue.getCompletedCount()) >= count);
      };
      await done(jobs / 2);
      pid1.signalInner(workers[0] ?? 0, "SIGQUIT");
      await templateAndWorkers(pid1, 2, workers[0]);
      await done(jobs);
      pid1.signal("SIGQUIT");
      assert.equal(await pid1.exitCode(waitMs), 0, pid1.transcript);

      const marks = readMarks(folder);
      const counts = Object.groupBy(marks, ({ where }) => where);
      assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([where, lines]) => [where, lines?.length])), {
        load: linesOfLoad,
        job: jobs * linesOfJob,
        "teardown-worker": 3,
        "teardown-template": 1,
      });
      assert.ok(counts["load"]?.every(({ pid }) => pid === template));
      for (const pid of new Set(marks.map((mark) => mark.pid))) assertInOrder(marks.filter((mark) => mark.pid === pid));
    });
  }
});

function readMarks(folder: string): Mark[] {
  const text = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
  return [...text.join("\n").matchAll(/mark:([\w-]+):(\d+):(\d+):/g)].map(([, where = "", pid, serial]) => ({
    where,
    pid: Number(pid),
    serial: Number(serial),
  }));
}

function assertInOrder(marks: readonly Mark[]): void {
  const serials = marks.map(({ serial }) => serial);
  assert.deepEqual(
    serials,
    serials.map((_serial, index) => (serials[0] ?? 0) + index),
  );
}
