import assert from "node:assert/strict";
import { test } from "node:test";
import type { Children } from "../../../../src/init/processes/children.ts";
import { QueueCounting } from "../../../../src/init/processes/queue-counting.ts";
import type { KeeperProcess } from "../../../../src/init/state/keeper.ts";
import { measureQueues } from "../../../../src/init/state/measured-queues.ts";
import { newWorld } from "../../../../src/init/state/new-world.ts";
import type { InitToKeeper } from "../../../../src/protocol/keeper-messages.ts";
import { limits } from "../../../support/universe.ts";

test("the keeper learns of which queues to count the jobs: a ready one, once, of new queues, and after its replacement", () => {
  const world = newWorld();
  const sent: InitToKeeper[] = [];
  const children = { keeper: { send: (message: InitToKeeper) => sent.push(message) } } as unknown as Children;
  const counting = new QueueCounting(world, children);
  const keeper = (id: number, state: KeeperProcess["state"]) => ({ id, state }) as KeeperProcess;
  const told = () => {
    counting.turned();
    return sent.splice(0).map((message) => (message.kind === "countJobs" ? message.queues : message.kind));
  };
  measureQueues(world, ["mail"], limits);
  world.keeper = keeper(1, "starting");
  assert.deepEqual(told(), []);
  world.keeper = keeper(1, "ready");
  assert.deepEqual(told(), [["mail"]]);
  assert.deepEqual(told(), []);
  measureQueues(world, ["import"], limits);
  assert.deepEqual(told(), [["mail", "import"]]);
  world.keeper = keeper(2, "ready");
  assert.deepEqual(told(), [["mail", "import"]]);
});
