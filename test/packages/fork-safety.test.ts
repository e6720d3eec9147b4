import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort } from "../support/redis.ts";
import { useRedis } from "../support/use-redis.ts";
import { type Row, rows } from "./rows.ts";
import { startServers } from "./servers/start-servers.mjs";
import { documentFile, render, withoutChance } from "./support/document.ts";
import { type Outcome, tryApp } from "./support/try-app.ts";

const ways = ["naive", "recommended"] as const;
const folder = mkdtempSync(path.join(tmpdir(), "forker-packages-"));
const outcomes = new Map<string, Outcome>();
const { redis } = await useRedis();
let servers: Awaited<ReturnType<typeof startServers>>;

before(async () => {
  servers = await startServers(freePort);
});
after(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

describe("each package, loaded the naive way and the recommended way", { concurrency: 2 }, () => {
  for (const row of rows) {
    for (const way of ways) {
      test(`${row.app}, ${way}`, async () => {
        const outcome = await attempt(row, way);
        outcomes.set(`${row.app} ${way}`, outcome);
        if (way === "recommended") assert.deepEqual(outcome, { engine: "fork", says: [] });
      });
    }
  }
});

test("docs/FORK-SAFETY.md shows the measured outcomes", () => {
  const text = readFileSync(documentFile, "utf8");
  const rendered = render(text, outcomes);
  if (process.env["WRITE_DOCS"] !== undefined) writeFileSync(documentFile, rendered);
  else assert.equal(text, rendered, "npm run test:packages -- --write generates it again");
});

async function attempt({ app, env }: Row, way: (typeof ways)[number]): Promise<Outcome> {
  const file = path.join(import.meta.dirname, "apps", app, `${way}.mjs`);
  const files = {
    SQLITE_FILE: path.join(folder, `${app}-${way}.db`),
    LOG_FILE: path.join(folder, `${app}-${way}.log`),
  };
  // tsx keeps its compiled code there, and starts a compiler only for code that it does not find.
  const temporary = { TMPDIR: mkdtempSync(path.join(folder, "tmp-")) };
  const own = way === "naive" ? env : {};
  const prefix = `${app}-${way}`;
  const { engine, says } = await tryApp({
    file,
    redisUrl: redis.url,
    prefix,
    env: { ...servers.env, ...files, ...temporary, ...own },
  });
  return { engine, says: says.map(withoutChance) };
}
