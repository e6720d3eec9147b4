// The keeper moves jobs by the scripts of the workers' BullMQ: the versions differ in where the jobs of a paused queue are.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { pino } from "pino";
import { persistentClient } from "../../src/bull/connection/new-client.ts";
import { redisTarget } from "../../src/bull/connection/redis-target.ts";
import { bullAt, loadBull, placeOf } from "../../src/bull/library/load-bull.ts";
import { LaneFactory } from "../../src/bull/worker/lane.ts";
import type { BullPlace } from "../../src/protocol/bull-place.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { applicationWith, supportedBulls } from "../support/bull-versions.ts";
import { eventually } from "../support/deadline.ts";
import { deathOrder, startKeeper } from "../support/keeper.ts";
import { useRedis } from "../support/use-redis.ts";

const waitMs = 20_000;
const log = pino({ level: "silent" });
const idle = {
  perform: () => Promise.resolve(),
  completed: () => undefined,
  failed: () => undefined,
  error: () => undefined,
  locksLost: () => undefined,
};
const { redis } = await useRedis();

/** How the keeper finds the workers' BullMQ. */
const places: Readonly<Record<string, (place: BullPlace) => BullPlace>> = {
  "as a package": (place) => place,
  "not at all, because it is inside a bundle": ({ version, major }) => ({ version, major }),
  "not at all, because its file was deleted": (place) => ({ ...place, file: "/nowhere/bullmq/index.js" }),
};

for (const { version, folder } of supportedBulls)
  describe(`BullMQ ${version.text}`, () => {
    const application = applicationWith(folder);
    after(() => application[Symbol.dispose]());

    for (const [how, placed] of Object.entries(places))
      test(`a dead worker's job in a paused queue is there after its resume; the keeper finds BullMQ ${how}`, async () => {
        const name = `paused-${version.text}-${how.length}`;
        const bull = await loadBull(application.path);
        const client = persistentClient(bull, redisTarget(redis.url));
        const queue = new bull.api.Queue(name, { connection: { port: redis.port } });
        const lane = new LaneFactory(bull, client, {
          prefix: "bull",
          workerName: "host:1:slot0:abc-def",
          lockDurationMs: 30_000,
          longestLimitMs: 1_000,
        }).lane(name, idle);
        const said: KeeperMessage[] = [];
        const keeper = startKeeper(await bullAt(placed(placeOf(bull)), log), redis.url, (message) =>
          said.push(message),
        );
        try {
          await queue.add("job", {}, { jobId: "held" });
          await queue.add("job", {}, { jobId: "urgent", priority: 2 });
          for (const id of ["held", "urgent"]) assert.equal((await lane.fetch(`dead:${id}`))?.id, id);
          await queue.pause();
          await queue.add("job", {}, { jobId: "waiting" });
          keeper.receive({ ...deathOrder, lockOwner: "dead", queues: [name] });
          await eventually(waitMs, "the hand back", () => said.length > 0);
          assert.equal(await lane.fetch("owner:0"), undefined);
          await queue.resume();
          const taken = [];
          for (const token of ["owner:1", "owner:2", "owner:3"]) taken.push((await lane.fetch(token))?.id);
          assert.deepEqual(taken, ["held", "waiting", "urgent"]);
        } finally {
          keeper.close();
          await lane.close();
          await queue.close();
          client.disconnect();
        }
      });
  });
