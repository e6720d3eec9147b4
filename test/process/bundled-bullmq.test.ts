// An application whose bundle contains BullMQ, on a machine without the package.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { newestBulls } from "../support/bull-versions.ts";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 60_000;
const { redis } = await useRedis();

const source = `
import * as bullmq from "bullmq";
const { Job, DelayedError, UnrecoverableError } = bullmq;
export default {
  ...(process.env.TEST_GIVES && { bullmq }),
  processors: {
    "*": async (job, token) => {
      if (job.name === "final") throw new UnrecoverableError("no more");
      if (job.name === "later" && job.attemptsStarted === 1) {
        await job.moveToDelayed(Date.now() + 50, token);
        throw new DelayedError();
      }
      return job instanceof Job;
    },
  },
};
`;

for (const { version, folder: bullmq } of newestBulls)
  for (const gives of [true, false])
    test(`BullMQ ${version.text} inside the application's file, ${gives ? "passed to" : "unknown to"} defineForker`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "forker-bundle-"));
      const name = `bundle-${version.major}-${gives}`;
      const app = path.join(folder, "workers.cjs");
      writeFileSync(path.join(folder, "source.mjs"), source);
      await build({
        entryPoints: [path.join(folder, "source.mjs")],
        outfile: app,
        bundle: true,
        platform: "node",
        format: "cjs",
        alias: { bullmq },
        external: ["pg", "redis", "bullmq-otel", "@valkey/valkey-glide"],
        nodePaths: [path.join(bullmq, "..")],
        logLevel: "error",
      });
      try {
        await using queue = openQueue(redis, name);
        await using pid1 = await startPid1({
          command: [process.execPath, entrypoint, app],
          cwd: folder,
          env: {
            REDIS_URL: redis.url,
            WORKLOAD: name,
            FORKER_USER: "root",
            TEST_GIVES: gives ? "1" : undefined,
            NODE_OPTIONS: undefined,
          },
        });
        await queue.add("plain", {}, { jobId: "plain" });
        await queue.add("final", {}, { jobId: "final", attempts: 3 });
        await queue.add("later", {}, { jobId: "later" });
        const ended = async (id: string) => {
          await eventually(waitMs, `the end of ${id}\n${pid1.transcript}`, async () =>
            ["completed", "failed"].includes(await queue.getJobState(id)),
          );
          const job = await queue.getJob(id);
          return [await job?.getState(), job?.returnvalue ?? job?.failedReason, job?.attemptsMade] as const;
        };
        assert.deepEqual(await ended("plain"), ["completed", gives, 1]);
        assert.deepEqual(await ended("final"), ["failed", "no more", 1]);
        assert.deepEqual((await ended("later")).slice(0, 2), ["completed", gives]);
        const warnings = pid1.log.filter(({ level }) => level === "warn" || level === 40).map(({ msg }) => String(msg));
        const ofCopies = warnings.filter((text) => text.includes("copies of BullMQ"));
        assert.equal(ofCopies.length, gives ? 0 : 1, pid1.transcript);
        assert.doesNotMatch(pid1.transcript, /Missing lock/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
