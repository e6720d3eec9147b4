// examples/nest, whose PostgreSQL is not there yet: Nest tries to connect every three seconds.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { startPostgres } from "../../scripts/postgres.mjs";
import { askStatus } from "../support/ask-status.ts";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { buildNestExample } from "../support/nest-example.ts";
import { startPid1 } from "../support/pid1.ts";
import { startRedis } from "../support/redis.ts";

const example = buildNestExample();
const file = path.join(example.folder, "dist/main.js");
/** Of PostgreSQL, which accepts connections only from the moment that a test lets it. */
const gate = net.createServer();
let port = 0;
let redisUrl = "";
const ends: (() => Promise<void>)[] = [];

before(async () => {
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  ends.push(
    async () => await postgres.stop(),
    async () => await redis.close(),
  );
  redisUrl = redis.url;
  gate.on("connection", (near) => {
    const far = net.connect(postgres.port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => undefined).on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  gate.listen(0, "127.0.0.1");
  await once(gate, "listening");
  ({ port } = gate.address() as net.AddressInfo);
  gate.close();
});

after(async () => {
  for (const end of ends) await end();
  example[Symbol.dispose]();
});

function environment(): NodeJS.ProcessEnv {
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  return { ...process.env, NODE_OPTIONS: undefined, FORKER_USER: "root", REDIS_URL: redisUrl, DATABASE_URL: url };
}

test("forker check names the database that is away, and fails", async () => {
  const env = { ...environment(), NO_COLOR: "1", FORKER_BOOT_TIMEOUT: "15" };
  const { promise: checked, resolve } = Promise.withResolvers<{ code: unknown; text: string }>();
  execFile(process.execPath, [entrypoint, "check", file], { env, timeout: 60_000 }, (error, stdout, stderr) =>
    resolve({ code: error === null ? 0 : error.code, text: stdout + stderr }),
  );
  const { code, text } = await checked;
  assert.equal(code, 70, text);
  const awaited = `127\\.0\\.0\\.1:${port} \\(\\d+ attempts to connect, the last: ECONNREFUSED\\)`;
  assert.match(text, new RegExp(`FORKER_BOOT_TIMEOUT\\); it waits for Redis at .*, ${awaited}`));
  assert.match(text, /a timer of 3s, created by rxjs/);
  assert.doesNotMatch(text, /no problems found/);
});

test("a database that starts six seconds late: the bootstrap runs once, in the template", async () => {
  const env = { ...environment(), WORKLOAD: "2", FORKER_ENGINE: "fork", NO_COLOR: "1" };
  await using pid1 = await startPid1({ command: [process.execPath, entrypoint, file], env });
  await pid1.line("Unable to connect to the database. Retrying (3)");
  gate.listen(port, "127.0.0.1");
  try {
    const status = await eventually(60_000, "two workers", async () => {
      const now = await askStatus(pid1).catch(() => undefined);
      return now?.ready === true && now;
    });
    assert.equal(status.slots.length, 2);
    const initialized = pid1.lines.filter((line) => line.includes("TypeOrmCoreModule dependencies initialized"));
    assert.equal(initialized.length, 1, pid1.transcript);
    assert.match(initialized[0] ?? "", new RegExp(`\\b${status.templates[0]?.pid}\\b`));
  } finally {
    gate.close();
  }
});
