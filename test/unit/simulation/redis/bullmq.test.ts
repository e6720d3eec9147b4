import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { jobOperations } from "../../../simulation/redis/differential/bull-operations.ts";
import { forkerOperations } from "../../../simulation/redis/differential/forker-operations.ts";
import { queueOperations } from "../../../simulation/redis/differential/queue-operations.ts";
import { replay } from "../../../simulation/redis/differential/replay.ts";
import { ModelServer, RealServer } from "../../../simulation/redis/differential/servers.ts";
import { type Bull, recordSession } from "../../../simulation/redis/differential/session.ts";
import { newestBulls } from "../../../support/bull-versions.ts";
import { propertySeed, propertyTimes } from "../../../support/properties.ts";
import { useRedis } from "../../../support/use-redis.ts";

/**
 * A hash that Redis keeps in one piece has the order of its insertions, which the model always has. An approximate trim of a stream
 * removes whole nodes: those of the model have no limit of bytes.
 */
const likeTheModel = Object.entries({
  "--hash-max-listpack-value": "1000000",
  "--hash-max-listpack-entries": "1000000",
  "--stream-node-max-bytes": "0",
}).flat();
const { redis } = await useRedis({ arguments: likeTheModel });
const operations = { ...jobOperations, ...queueOperations, ...forkerOperations };
const load = createRequire(import.meta.url);

describe("BullMQ and forker do the same on the model of Redis as on a real server", () => {
  for (const { version, folder } of newestBulls) {
    test(`random sessions with BullMQ ${version.text}`, async () => {
      const bull = load(folder) as Bull;
      using real = await RealServer.connect(redis.port);
      for (let seed = propertySeed; seed < propertySeed + 2 * propertyTimes; seed++) {
        const { steps, model } = await recordSession(bull, seed, 300, operations);
        await replay(real, new ModelServer(model), steps, `seed ${seed}`);
      }
    });
  }
});
