// Adds jobs until TERM. The account has an entry for each job before and after BullMQ has accepted it. The producer chooses the
// id, so adding a job twice is the same as once, and whatever fails is simply retried.
import { openSync, writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { type FlowJob, FlowProducer, Queue } from "bullmq";
import { Draws } from "../../support/draws.ts";
import type { OrderEntry } from "../account/entry.ts";
import { type QueueName, queueNames, schedulers } from "../queues.ts";
import { type JobOrder, nextOrder } from "./orders.ts";

const [url = "", accountFile = "", seed = "0", perSecond = "10"] = process.argv.slice(2);
const waitingAtMost = 60;
const retryMs = 200;
const connection = { url, maxRetriesPerRequest: null, retryStrategy: () => 100 };
const account = openSync(accountFile, "a");
const draws = new Draws(Number(seed), 1);
const queues = new Map<QueueName, Queue>();
for (const name of queueNames) {
  const queue = new Queue(name, { connection, skipMetasUpdate: true });
  queue.on("error", () => undefined);
  queues.set(name, queue);
}
const flows = new FlowProducer({ connection });
flows.on("error", () => undefined);
const over = new AbortController();
process.on("SIGTERM", () => {
  over.abort();
});

for (const { id, everyMs } of schedulers) {
  const template = { name: "tick", data: { kind: "io", ms: 5 } };
  await until(() => queueOf("ticks").upsertJobScheduler(id, { every: everyMs }, template));
}
for (let serial = 0; !over.signal.aborted; serial++) {
  const order = nextOrder(draws, serial);
  const pauseMs = (2_000 / Number(perSecond)) * draws.next();
  for (const one of [order, ...order.children]) write("adding", one);
  await until(() => add(order));
  for (const one of [order, ...order.children]) write("added", one);
  await setTimeout(pauseMs);
  await untilThereIsRoom();
}
process.exit(0);

async function add(order: JobOrder): Promise<unknown> {
  // A child that too many workers died with must not block its parent for ever.
  const children = order.children.map(flowJob).map((one) => ({
    ...one,
    opts: { ...one.opts, ignoreDependencyOnFailure: true },
  }));
  if (children.length > 0) return await flows.add({ ...flowJob(order), children });
  return await queueOf(order.queue).add(order.kind, order.data, { ...order.options, jobId: order.id });
}

function flowJob({ kind, queue, data, options, id }: JobOrder): FlowJob {
  return { name: kind, queueName: queue, data, opts: { ...options, jobId: id } };
}

async function untilThereIsRoom(): Promise<void> {
  while (!over.signal.aborted) {
    const counts = await until(() => queueOf("jobs").getJobCounts("wait", "prioritized"));
    if ((counts["wait"] ?? 0) + (counts["prioritized"] ?? 0) < waitingAtMost) return;
    await setTimeout(retryMs);
  }
}

async function until<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await setTimeout(retryMs);
    }
  }
}

function queueOf(name: QueueName): Queue {
  return queues.get(name) as Queue;
}

function write(what: OrderEntry["what"], { queue, id, kind, meant, attempts }: JobOrder): void {
  const entry: OrderEntry = { what, atMs: Date.now(), queue, id, kind, meant, attempts };
  writeSync(account, `${JSON.stringify(entry)}\n`);
}
