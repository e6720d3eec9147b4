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
  "server.mjs": `
import net from "node:net";
import { once } from "node:events";
import { defineForker } from "bullmq-forker";
export default defineForker({
  async setup() {
    await once(net.createServer().listen(0, "127.0.0.1"), "listening");
  },
  ${processors},
});
`,
  "metrics.mjs": `
import { serveMetrics } from "metrics-server";
import { defineForker } from "bullmq-forker";
export default defineForker({ async setup() { await serveMetrics(); }, ${processors} });
`,
  "node_modules/metrics-server/package.json": '{ "name": "metrics-server", "type": "module", "exports": "./index.js" }',
  "node_modules/metrics-server/index.js": `
import http from "node:http";
export const serveMetrics = () => new Promise((resolve) => http.createServer().listen(0, "127.0.0.1", resolve));
`,
};

async function check(app: string): Promise<{ stdout: string; code: number }> {
  await using redis = await startRedis();
  packed.write(apps);
  const env = { REDIS_URL: redis.url, FORKER_USER: "root", NODE_OPTIONS: undefined };
  return await packed.execute("npx", ["--no", "forker", "check", app], packed.user, env).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (cause: { stdout: string; code: number }) => cause,
  );
}

for (const [app, maker, line] of [
  ["server.mjs", "", 7],
  ["metrics.mjs", " by metrics-server", 4],
] as const) {
  test(`the fork check of an installed forker says who opened the server of ${app}, and what to do`, async () => {
    const { stdout, code } = await check(app);
    assert.equal(code, 70, stdout);
    const [problem = ""] = /^error .* a server on TCP .*$/m.exec(stdout) ?? [];
    assert.ok(problem.includes(`, created${maker} at ${packed.user}/${app}:${line}: `), stdout);
    assert.ok(problem.includes("close it in setup(), or listen in afterFork()"), stdout);
  });
}

for (const app of ["queue.mjs", "client.mjs"]) {
  test(`the fork check of an installed forker accepts the connections of ${app}`, async () => {
    const { stdout, code } = await check(app);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^no problems found$/m);
  });
}
