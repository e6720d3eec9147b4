// In an installed package, forker's own frames are files of a package, like those of every other package.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PackedPackage } from "../support/packed-package.ts";
import { startRedis } from "../support/redis.ts";

const packed = await PackedPackage.install();
packed.link("bullmq", "ioredis");
after(() => packed[Symbol.dispose]());

const processors = "processors: { mail: async () => undefined }";
const apps = {
  "queue.mjs": `
import { Queue } from "bullmq";
import { defineForker } from "bullmq-forker";
export const queue = new Queue("mail", { connection: { url: process.env.REDIS_URL } });
export default defineForker({ async setup() { await queue.waitUntilReady(); }, ${processors} });
`,
  "client.mjs": `
import { Redis } from "ioredis";
import { defineForker } from "bullmq-forker";
const client = new Redis(process.env.REDIS_URL);
export default defineForker({ async setup() { await client.ping(); }, ${processors} });
`,
  "socket.mjs": `
import net from "node:net";
import { once } from "node:events";
import { defineForker } from "bullmq-forker";
export default defineForker({
  async setup() {
    await once(net.connect(Number(new URL(process.env.REDIS_URL).port), "127.0.0.1"), "connect");
  },
  ${processors},
});
`,
};

for (const [app, maker, line, advice] of [
  ["queue.mjs", " by ioredis for bullmq", 4, "create the Queue in afterFork()"],
  ["client.mjs", " by ioredis", 4, "add lazyConnect: true to its options"],
  ["socket.mjs", "", 7, "close it in setup(), or open it in afterFork()"],
] as const) {
  test(`the fork check of an installed forker says who opened the socket of ${app}, and what to do`, async () => {
    await using redis = await startRedis();
    packed.write(apps);
    const env = { REDIS_URL: redis.url, FORKER_USER: "root", NODE_OPTIONS: undefined };
    const check = packed.execute("npx", ["--no", "forker", "check", app], packed.user, env);
    const { stdout, code } = await check.then(
      () => assert.fail("it was accepted"),
      (cause: { stdout: string; code: number }) => cause,
    );
    assert.equal(code, 70, stdout);
    const [problem = ""] = /^error .* TCP connection .*$/m.exec(stdout) ?? [];
    assert.ok(problem.includes(`, created${maker} at ${packed.user}/${app}:${line}: `), stdout);
    assert.ok(problem.includes(advice), stdout);
  });
}
