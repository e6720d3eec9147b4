import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { adoptClass } from "../../../../src/bull/adoption/adopt-class.ts";
import { AdoptedWorkers } from "../../../../src/bull/adoption/adopted-workers.ts";
import { type BullModules, connectionModule, workerModule } from "../../../../src/bull/library/worker-parts.ts";
import {
  connectParkedClients,
  hasWaitingCommands,
  parkClients,
  stopParking,
} from "../../../../src/bull/parking/parked-clients.ts";
import { supportedBulls } from "../../../support/bull-versions.ts";

const load = createRequire(import.meta.url);
/** Nobody listens there. */
const connection = { port: 1, retryStrategy: () => null };

describe("a call of BullMQ's, while clients are parked", () => {
  before(() => parkClients());
  after(() => stopParking());

  for (const { folder, version } of supportedBulls)
    test(`is known to wait for Redis, and what constructors do for themselves is not: ${version.text}`, async () => {
      const mainFile = load.resolve(folder);
      const moduleOf = (file: string) => load(path.join(path.dirname(mainFile), file)) as never;
      const modules: BullModules = { worker: moduleOf(workerModule), connection: moduleOf(connectionModule) };
      adoptClass({ kind: "package", modules, mainFile }, new AdoptedWorkers());
      const { Queue, QueueEvents } = load(folder) as typeof import("bullmq");
      const queue = new Queue("mail", { connection });
      const events = new QueueEvents("mail", { connection });
      queue.on("error", () => undefined);
      events.on("error", () => undefined);
      assert.equal(hasWaitingCommands(), false);
      const count = queue.getWaitingCount().catch(() => 0);
      // The last releases of version 5 keep the promise of the client, and do not ask for it again.
      assert.equal(hasWaitingCommands(), !(version.major === 5 && version.minor > 80));
      connectParkedClients();
      assert.equal(hasWaitingCommands(), false);
      await count;
    });
});
