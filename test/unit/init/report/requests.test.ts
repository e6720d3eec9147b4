import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { Requests, type RequestsDependencies } from "../../../../src/init/report/requests.ts";
import { Universe } from "../../../support/universe.ts";

async function signalled(slot: number): Promise<{ answer: unknown; messages: unknown[]; sent: string[] }> {
  const { world } = settled();
  const messages: unknown[] = [];
  const sent: string[] = [];
  const write = (line: string) => void messages.push((JSON.parse(line) as { msg: string }).msg);
  const signal = (name: string) => void sent.push(name);
  const requests = new Requests({
    world,
    log: pino({}, { write }),
    children: { processOf: () => ({ signal }) },
  } as unknown as RequestsDependencies);
  const answer = await requests.ask({ name: "signal", signal: "SIGHUP", slot }, { pid: 9 } as never);
  return { answer, messages, sent };
}

function settled(): Universe {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.settle();
  return universe;
}

test("a signal to a slot goes to its worker", async () => {
  assert.deepEqual(await signalled(1), {
    answer: { delivered: 1 },
    messages: ["received signal request"],
    sent: ["SIGHUP"],
  });
});

test("a signal to a slot that does not exist is answered and logged as rejected", async () => {
  assert.deepEqual(await signalled(9), {
    answer: { error: "there is no slot 9: the slots are 0 to 1" },
    messages: ["rejected signal request"],
    sent: [],
  });
});
