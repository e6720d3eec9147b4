import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { FlowProducer } from "bullmq";
import { Redis } from "ioredis";
import { FleetKeys } from "../../src/bull/keys/fleet-keys.ts";
import { makeCertificates } from "../support/certificates.ts";
import { entrypoint } from "../support/forker.ts";
import { startRedis } from "../support/redis.ts";
import { documentedRules } from "../support/redis-rules.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const secret = "s3cret /of:redis@";
const encoded = encodeURIComponent(secret);
const folder = mkdtempSync(path.join(tmpdir(), "forker-access-"));
const certificates = makeCertificates(folder);
const socket = path.join(folder, "redis.sock");
const { redis, client: admin } = await useRedis({
  arguments: ["--unixsocket", socket, "--unixsocketperm", "700"],
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `forker check` with an application whose setup() has this code. */
async function check(env: Record<string, string>, setup = ""): Promise<{ code: number; output: string }> {
  const app = path.join(folder, "check.mjs");
  writeFileSync(
    app,
    `import { readFileSync } from "node:fs";\nexport default { setup(forker) { ${setup} }, processors: { "*": () => {} } };\n`,
  );
  const clean = { PATH: process.env["PATH"], FORKER_USER: "root", ...env };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [entrypoint, "check", app], { env: clean });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  }
}

test("a user with the rules of docs/REDIS.md may do everything that jobs need", async () => {
  // A command that the rules refuse shows in the server's ACL LOG.
  await admin.acl("SETUSER", ...documentedRules(secret));
  await admin.acl("LOG", "RESET");
  await using queue = openQueue(redis, "acl");
  await using held = openQueue(redis, "held");
  await queue.setGlobalConcurrency(3);
  await queue.add("job", {});
  await queue.add("job", {}, { delay: 50, removeOnComplete: { age: 1, count: 5 } });
  await queue.add("job", {}, { priority: 2, deduplication: { id: "one", ttl: 1_000 } });
  await queue.add("job", { fail: "as asked" }, { attempts: 2, backoff: 20 });
  await queue.add("job", { fail: "as asked" }, { removeOnFail: true });
  await queue.add("job", { rateLimitMs: 100 });
  await queue.upsertJobScheduler("often", { every: 200, limit: 2 }, { name: "job" });
  const flows = new FlowProducer({ connection: { port: redis.port } });
  const child = { name: "job", queueName: "acl", data: {} };
  await flows.add({
    ...child,
    children: [child, { ...child, data: { fail: "x" }, opts: { ignoreDependencyOnFailure: true } }],
  });
  await flows.close();
  await held.add("job", { ms: 60_000 }, { priority: 1 });
  const url = `redis://forker:${encoded}@127.0.0.1:${redis.port}`;
  await using worker = await startWorker({
    redisUrl: url,
    queues: ["acl", "*"],
    settings: { lockDurationMs: 1_000 },
    concurrency: 2,
  });
  await worker.until(
    "all of them",
    () => (worker.statusUpdate?.finished ?? 0) >= 8 && (worker.statusUpdate?.failed ?? 0) >= 4,
  );
  await worker.until("the held one", () => worker.started.includes("held:1"));
  await takePartInFleet(url);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.handedBack, [{ queue: "held", id: "1" }]);
  assert.deepEqual(await admin.acl("LOG"), []);
  assert.ok(!worker.lines.some((line) => line.includes(secret) || line.includes(encoded)));
  const checked = await check({ REDIS_URL: url });
  assert.match(checked.output, /no problems found/);
});

/** Announces a forker, orders the fleet, and answers, as this user. */
async function takePartInFleet(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    const keys = new FleetKeys(client, "bull");
    const jobs = { count: 0, latest: [] };
    const own = { host: "web-1", pid: 1, version: "1.0.0", generation: 1, state: "running", workload: "*" } as const;
    const joined = await keys.announce("one", { ...own, workers: 1, jobs }, undefined);
    const suspended = [{ hosts: "db-1", number: 1, suspended: true, by: "ops" }];
    const command = { order: { name: "suspend" }, hosts: "db-1", by: "ops" } as const;
    const id = (await keys.send(await keys.list(), suspended, command, 60_000)) ?? "";
    assert.equal((await keys.announce("one", undefined, joined.after)).commands.length, 1);
    await keys.answer(id, "one", { host: "web-1", pid: 1, outcome: "done", text: "suspended" });
    assert.equal((await keys.readAnswers(id)).size, 1);
  } finally {
    client.disconnect();
  }
}

test("a wrong password is reported in one line without the password, and status does not show it", async () => {
  const wrong = "wr0ng-password";
  await using worker = await startWorker({
    redisUrl: `redis://forker:${wrong}@127.0.0.1:${redis.port}`,
    queues: ["acl", "*"],
  });
  await worker.until("the reason", () => /WRONGPASS/.test(worker.statusUpdate?.connectionError ?? ""));
  await worker.until("the line", () =>
    worker.lines.some((line) => /"reason":"WRONGPASS.*"Redis refused the connection/.test(line)),
  );
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.ok(!worker.lines.some((line) => line.includes(wrong)), worker.lines.join("\n"));
  assert.ok(!JSON.stringify(worker.messages).includes(wrong));
  const checked = await check({ REDIS_URL: `redis://forker:${wrong}@127.0.0.1:${redis.port}` });
  assert.equal(checked.code, 78);
  assert.match(checked.output, /^error {4}Redis at 127\.0\.0\.1:\d+: expected an answer .*got: WRONGPASS/m);
  assert.ok(!checked.output.includes(wrong));
});

test("forker connects through a unix socket, with a user and a database", async () => {
  await admin.acl("SETUSER", "socket", "on", `>${secret}`, "allkeys", "+@all");
  const path_ = `${socket}?db=3&username=socket&password=${encoded}`;
  await using queue = openQueue(new Redis({ path: socket, db: 3, maxRetriesPerRequest: null }), "socket");
  await queue.add("job", {});
  await using worker = await startWorker({ redisUrl: path_, queues: ["socket"] });
  await worker.until("the job", () => worker.statusUpdate?.finished === 1);
  assert.match((await check({ REDIS_URL: path_ })).output, /no problems found/);
  assert.match(
    (await check({ REDIS_URL: `${socket}.not` })).output,
    /^error {4}Redis at .*redis\.sock\.not: .* got: connect ENOENT/m,
  );
  (await queue.getBackend().client).disconnect();
});

test("forker connects over TLS with a private certificate authority, from NODE_EXTRA_CA_CERTS or from setup()", async () => {
  const { caFile, keyFile, certificateFile } = certificates;
  const tls = { ca: readFileSync(caFile, "utf8") };
  const files = ["--tls-cert-file", certificateFile, "--tls-key-file", keyFile, "--tls-ca-cert-file", caFile];
  const secured = await startRedis({
    arguments: (port) => ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no", ...files],
    client: { host: "localhost", tls },
  });
  try {
    const url = `rediss://localhost:${secured.port}`;
    await using queue = openQueue(new Redis({ port: secured.port, tls, maxRetriesPerRequest: null }), "tls");
    await queue.add("job", {});
    const environment = { NODE_EXTRA_CA_CERTS: caFile };
    await using worker = await startWorker({ redisUrl: url, queues: ["tls"], environment });
    await worker.until("the job", () => worker.statusUpdate?.finished === 1);
    assert.match((await check({ REDIS_URL: url, ...environment })).output, /no problems found/);
    const connection = `{ url: "${url}", tls: { ca: readFileSync("${caFile}", "utf8") } }`;
    assert.match((await check({}, `forker.connection = ${connection};`)).output, /no problems found/);
    const untrusted = await check({ REDIS_URL: url });
    assert.equal(untrusted.code, 78);
    assert.match(untrusted.output, /^error {4}Redis at localhost:\d+: .* got: (self-signed|unable to verify)/m);
    (await queue.getBackend().client).disconnect();
  } finally {
    await secured.close();
  }
});

test("check reports an eviction policy, and an address of the wrong kind", async () => {
  await admin.config("SET", "maxmemory-policy", "allkeys-lru");
  const evicting = await check({ REDIS_URL: redis.url });
  await admin.config("SET", "maxmemory-policy", "noeviction");
  assert.equal(evicting.code, 0);
  assert.match(
    evicting.output,
    /^warning {2}Redis at .* by its policy allkeys-lru: set maxmemory-policy noeviction there$/m,
  );
  const cluster = await check({ REDIS_URL: `redis+cluster://127.0.0.1:${redis.port}`, FORKER_PREFIX: "{bull}" });
  assert.equal(cluster.code, 78);
  assert.match(
    cluster.output,
    /^error {4}Redis at cluster 127.* got: ERR This instance has cluster support disabled$/m,
  );
  const untagged = await check({ REDIS_URL: `redis+cluster://127.0.0.1:${redis.port}` });
  assert.equal(untagged.code, 78);
  assert.match(untagged.output, /^error {4}Redis Cluster: expected a hash tag .*: set FORKER_PREFIX=\{bull\}/m);
  const sentinel = await check({ REDIS_URL: `redis+sentinel://127.0.0.1:${redis.port}/main` });
  assert.equal(sentinel.code, 78);
  assert.match(
    sentinel.output,
    /^error {4}Redis at main of sentinels 127.* got: All sentinels are unreachable .*unknown command/m,
  );
});
