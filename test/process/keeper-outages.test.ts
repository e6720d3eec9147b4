import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import { eventually } from "../support/deadline.ts";
import { startKeeper } from "../support/keeper.ts";
import { Proxy } from "../support/proxy.ts";
import { startRedis } from "../support/redis.ts";

const waitMs = 30_000;
const cuts = 5;

interface Line {
  readonly msg: string;
  readonly address?: string;
  readonly attempts?: number;
  readonly awayMs?: number;
}

test("a keeper logs the start of a Redis outage in one line, and its end in one with its duration and the attempts", async () => {
  await using redis = await startRedis();
  const proxy = await Proxy.start(redis.port);
  const lines: Line[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const count = (text: string) => lines.filter(({ msg }) => msg.includes(text)).length;
  const keeper = startKeeper(await bundledBull(), proxy.url, () => undefined, { log });
  try {
    await eventually(waitMs, "a connection", () => count("connected to Redis") === 1);
    let refused = 0;
    await proxy.refuse(async () => {
      await eventually(waitMs, "three attempts", () => (refused = proxy.refused) >= 3);
    });
    await eventually(waitMs, "the next connection", () => count("connected to Redis") === 2);
    for (let cut = 1; cut <= cuts; cut++) {
      proxy.cut();
      await eventually(waitMs, "the next connection", () => count("connected to Redis") === 2 + cut);
    }
    const gone = lines.filter(({ msg }) => msg === "could not reach Redis; retrying");
    assert.equal(gone.length, 1, gone.map(({ msg }) => msg).join("\n"));
    const back = lines.filter(({ msg }) => msg === "reached Redis again");
    assert.equal(back.length, 1, back.map(({ msg }) => msg).join("\n"));
    assert.match(back[0]?.address ?? "", /^127\.0\.0\.1:\d+$/);
    assert.ok((back[0]?.attempts ?? 0) >= refused + 1, JSON.stringify(back[0]));
    assert.ok((back[0]?.awayMs ?? 0) > 0);
  } finally {
    keeper.close();
    proxy.close();
  }
});
