import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "ioredis";
import { keepLostCommands } from "../../../../src/bull/connection/lost-commands.ts";

const lost = new Error("Connection is closed.");

/** A Cluster that rejects one command after another with these errors, and accepts those after them. */
function clusterThat(errors: Error[], status: Cluster["status"] = "reconnecting") {
  const sent: unknown[] = [];
  const cluster = {
    status,
    sendCommand(command: { reject(error: Error): void; resolve(): void }) {
      sent.push(command);
      const error = errors.shift();
      if (error === undefined) command.resolve();
      else command.reject(error);
    },
  };
  const kept = keepLostCommands(cluster as unknown as Cluster);
  const end = (stream?: unknown) =>
    new Promise<string>((resolve) => {
      const command = { reject: (error: Error) => resolve(error.message), resolve: () => resolve("done") };
      kept.sendCommand(command as unknown as Parameters<Cluster["sendCommand"]>[0], stream as undefined);
    });
  return { end, sent };
}

test("a command that was lost with the last node is sent again until it succeeds", async () => {
  const { end, sent } = clusterThat([lost, lost]);
  assert.equal(await end(), "done");
  assert.equal(sent.length, 3);
});

test("a command that Redis refused, that is part of a pipeline, or that comes after the end is not sent again", async () => {
  assert.equal(await clusterThat([new Error("WRONGTYPE")]).end(), "WRONGTYPE");
  assert.equal(await clusterThat([lost]).end({}), lost.message);
  assert.equal(await clusterThat([lost], "end").end(), lost.message);
  assert.equal(await clusterThat([lost], "disconnecting").end(), lost.message);
});
