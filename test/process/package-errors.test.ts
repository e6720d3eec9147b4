// The entrypoint and what the application imports are two bundles, and an application may import either form of it.
import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { Queue, QueueEvents } from "bullmq";
import { PackedPackage } from "../support/packed-package.ts";
import { startPid1 } from "../support/pid1.ts";
import { startRedis } from "../support/redis.ts";

const packed = await PackedPackage.install();
after(() => packed[Symbol.dispose]());

const names = ["ForkerError", "JobLockLostError", "JobStoppedError", "JobTimeoutError", "WorkerStoppedError"];

test("import and require() give the same classes", async () => {
  const script = `
    const required = require("bullmq-forker");
    import("bullmq-forker").then((imported) => {
      const names = Object.keys(imported).filter((name) => name.endsWith("Error"));
      console.log(JSON.stringify(names.filter((name) => imported[name] === required[name]).sort()));
    });`;
  const { stdout } = await packed.execute(process.execPath, ["-e", script]);
  assert.deepEqual(JSON.parse(stdout), names);
});

for (const [file, head, tail] of [
  ["app.mjs", 'import { defineForker, ForkerError } from "bullmq-forker";', "export default"],
  ["app.cjs", 'const { defineForker, ForkerError } = require("bullmq-forker");', "module.exports ="],
] as const) {
  test(`an error that forker throws in ${file} is an instance of the class that it imports`, async () => {
    await using redis = await startRedis();
    packed.write({
      [file]: `
${head}
${tail} defineForker({
  setup(forker) {
    try {
      forker.workload = "mail x";
    } catch (error) {
      console.log("instance:", error instanceof ForkerError, error.code);
    }
  },
  processors: { "*": async () => undefined },
});
`,
    });
    const env = { REDIS_URL: redis.url, FORKER_USER: "root", NODE_OPTIONS: undefined };
    const { stdout } = await packed.execute("npx", ["--no", "forker", "check", file], packed.user, env);
    assert.match(stdout, /^instance: true ERR_FORKER_WORKLOAD$/m);
  });
}

for (const engine of ["fork", "spawn"] as const) {
  test(`the reason of a signal is an instance of the class that the application imports: ${engine}`, async () => {
    await using redis = await startRedis();
    packed.write({
      "limits.mjs": `
import { once } from "node:events";
import { defineForker, JobTimeoutError } from "bullmq-forker";
export default defineForker({
  processors: {
    mail: async (job, token, signal) => {
      await once(signal, "abort");
      return \`\${signal.reason instanceof JobTimeoutError} \${signal.reason.code}\`;
    },
  },
});
`,
    });
    await using pid1 = await startPid1({
      command: [process.execPath, path.join(packed.user, "node_modules/.bin/forker"), "limits.mjs"],
      cwd: packed.user,
      env: {
        REDIS_URL: redis.url,
        WORKLOAD: "mail",
        FORKER_TIME_LIMITS: "mail 100ms/60s",
        FORKER_USER: "root",
        FORKER_ENGINE: engine,
        NODE_OPTIONS: undefined,
      },
    });
    const connection = { url: redis.url };
    await using queue = disposable(new Queue("mail", { connection }));
    await using events = disposable(new QueueEvents("mail", { connection }));
    const job = await queue.add("one", {});
    assert.equal(await job.waitUntilFinished(events, 60_000), "true ERR_FORKER_JOB_TIMEOUT", pid1.transcript);
  });
}

function disposable<Client extends { close(): Promise<void> }>(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: async () => await client.close() });
}
