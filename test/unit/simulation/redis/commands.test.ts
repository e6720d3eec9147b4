import { describe, test } from "node:test";
import fc from "fast-check";
import { compareCommands } from "../../../simulation/redis/differential/compare.ts";
import { anyCommand, prologue } from "../../../simulation/redis/differential/generate-command.ts";
import { newModelServer, RealServer } from "../../../simulation/redis/differential/servers.ts";
import { assertHolds } from "../../../support/properties.ts";
import { useRedis } from "../../../support/use-redis.ts";

const { redis } = await useRedis();

describe("the model of Redis answers as a real server, and keeps the same keys", () => {
  for (const protocol of ["2", "3"]) {
    test(`random commands, in RESP${protocol}`, async () => {
      using real = await RealServer.connect(redis.port);
      await real.send([["HELLO", protocol]]);
      const isSame = async (commands: readonly (readonly string[])[]) => {
        await real.send([["SELECT", "0"], ["FLUSHALL"]]);
        const model = newModelServer();
        await model.send([["HELLO", protocol]]);
        await compareCommands(real, model, [...prologue, ...commands]);
      };
      const sequences = fc.asyncProperty(fc.array(anyCommand, { minLength: 1, maxLength: 30 }), isSame);
      await assertHolds(sequences, { runs: 200 });
    });
  }
});
