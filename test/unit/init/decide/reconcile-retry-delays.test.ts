import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { retryDelayTimeoutMs } from "../../../../src/protocol/retry-delay.ts";
import { limits, Universe } from "../../../support/universe.ts";

function universe(workers = 2): Universe {
  const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  const made = new Universe({ engine: "fork", workers, redis }, limits);
  made.settle();
  return made;
}

function ask(here: Universe, queue = "jobs", number = 9): void {
  const question = { number, queue, id: "1", attemptsMade: 1, failure: { name: "Error", message: "no" } };
  here.happen({ kind: "keeperAskedRetryDelay", keeper: here.world.keeper?.id ?? 0, question });
}

const asked = ({ actions }: Universe) =>
  actions.flatMap((action) => (action.kind === "askRetryDelay" ? [action.worker] : []));
const answered = ({ actions }: Universe) =>
  actions.flatMap((action) => (action.kind === "answerRetryDelay" ? [action.answer] : []));

describe("the keeper's question for the delay of a retry", () => {
  test("goes to one worker of the queue, and its answer to the keeper, by the keeper's number", () => {
    const here = universe();
    ask(here);
    assert.equal(asked(here).length, 1);
    here.settle();
    assert.deepEqual(answered(here), [{ number: 9, delayMs: 5 }]);
    assert.deepEqual(here.world.retryDelays, []);
  });

  test("goes to another worker if the first died before it answered", () => {
    const here = universe();
    ask(here);
    const [first = 0] = asked(here);
    here.pending.splice(0);
    here.happen({ kind: "workerExited", worker: first, status: { signal: "SIGKILL" } });
    here.settle();
    const [, second, ...more] = asked(here);
    assert.notEqual(second, first);
    assert.deepEqual(more, []);
    assert.deepEqual(answered(here), [{ number: 9, delayMs: 5 }]);
  });

  test("waits for the worker that replaces the only one", () => {
    const here = universe(1);
    here.happen({ kind: "workerExited", worker: here.world.workers[0]?.id ?? 0, status: { signal: "SIGKILL" } });
    ask(here);
    assert.deepEqual(asked(here), []);
    here.settle();
    assert.deepEqual(asked(here), [here.world.workers[0]?.id]);
  });

  test("is forgotten when the keeper no longer waits", () => {
    const here = universe();
    ask(here, "nobody's");
    here.now += retryDelayTimeoutMs;
    ask(here, "jobs", 10);
    assert.deepEqual(
      here.world.retryDelays.map(({ question }) => question.number),
      [10],
    );
  });

  test("is forgotten with the keeper that asked it", () => {
    const here = universe();
    ask(here, "nobody's");
    here.happen({ kind: "keeperExited", keeper: here.world.keeper?.id ?? 0, status: { signal: "SIGKILL" } });
    assert.deepEqual(here.world.retryDelays, []);
  });
});
