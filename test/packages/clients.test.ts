import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { freePort } from "../support/redis.ts";
import { useRedis } from "../support/use-redis.ts";
import { type ClientRow, clientRows } from "./client-rows.ts";
import { hasRabbitMq, startTransports, type Transports } from "./servers/start-transports.mjs";
import { clientsFile, renderClients } from "./support/clients-document.ts";
import { tryApp } from "./support/try-app.ts";

const folder = mkdtempSync(path.join(tmpdir(), "forker-clients-"));
chmodSync(folder, 0o755);
const { redis } = await useRedis();
/** What was ignored, by application and transport. No entry: it failed, or was not tried. */
const outcomes = new Map<string, readonly string[]>();
let files: Certificates;
let servers: Transports;

before(async () => {
  files = makeCertificates(folder);
  servers = await startTransports({ freePort, redis: redis.url, files });
});
after(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

describe("a client that is connected when the template forks", { concurrency: 2 }, () => {
  for (const row of clientRows) {
    for (const transport of row.transports) {
      const skip = row.server === "AMQP" && !hasRabbitMq() ? "there is no RabbitMQ server" : false;
      test(`works in each worker, and then in the template: ${row.title}, ${transport}`, { skip }, async () => {
        outcomes.set(`${row.app} ${transport}`, await attempt(row, transport));
      });
    }
  }
});

test("docs/CONNECTIONS.md shows the measured outcomes", () => {
  const text = readFileSync(clientsFile, "utf8");
  const rendered = renderClients(text, outcomes);
  if (process.env["WRITE_DOCS"] !== undefined) writeFileSync(clientsFile, rendered);
  else assert.equal(text, rendered, "npm run test:packages -- --write generates it again");
});

async function attempt({ app, server }: ClientRow, transport: string): Promise<readonly string[]> {
  const outcome = await tryApp({
    file: path.join(import.meta.dirname, "clients", `${app}.mjs`),
    redisUrl: redis.url,
    prefix: `${app}-${transport}`,
    env: {
      URL: servers.env[`${server}_${transport.toUpperCase()}`],
      TRANSPORT: transport,
      NODE_EXTRA_CA_CERTS: files.caFile,
    },
  });
  const { engine, says, log } = outcome;
  assert.deepEqual({ engine, says }, { engine: "fork", says: [] });
  assert.ok(!log.some(({ msg }) => String(msg).startsWith("got no answer")), "the template waited for an answer");
  assert.equal(log.filter(({ msg }) => msg === "forked workers").length > 0, true);
  // ioredis has no connection in the template.
  if (app !== "ioredis") {
    const answers = log.filter(({ msg }) => msg === "the template's client").map(({ answer }) => answer);
    assert.deepEqual(answers, [3], "the template's connection is intact");
  }
  const ignored = log.filter(({ msg }) => msg === "ignored an error about an inherited connection");
  return [...new Set(ignored.map(({ cause }) => String(cause)))].toSorted();
}
