// What the jobs of the chaos test do, by kind: the same under forker and in a plain BullMQ Worker.
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const mb = 2 ** 20;

export function block(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function compute(ms) {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 20_000; i++) sum = (sum + Math.imul(i, 31)) | 0;
  return sum;
}

const behaviours = {
  quick: () => "done",
  compute: ({ data }) => compute(data.ms),
  computeLong: ({ data }) => compute(data.ms),
  io: async ({ data }, signal, redis) => {
    await Promise.all([readFile("/proc/self/status"), promisify(gzip)(Buffer.alloc(50_000))]);
    await setTimeout(data.ms, undefined, { signal });
    await redis.incr("chaos:io");
  },
  waits: async ({ data }, signal) => await setTimeout(data.ms, undefined, { signal }),
  blocks: ({ data }) => block(data.ms),
  allocates: async ({ data }, signal) => {
    const held = Array.from({ length: data.mb }, () => Buffer.alloc(mb, 1));
    await setTimeout(data.ms, undefined, { signal });
    return held.length;
  },
  deaf: async ({ data }) => await setTimeout(data.ms),
  /** Fails as often as its data says, counted by BullMQ's attempts. */
  flaky: async ({ data, attemptsMade }) => {
    await setTimeout(data.ms);
    if (attemptsMade < data.failures) throw new Error("as meant");
  },
  doomed: async ({ data }) => {
    await setTimeout(data.ms);
    throw new Error("as meant");
  },
  parent: async (job) => {
    const [values, ignored] = await Promise.all([job.getChildrenValues(), job.getIgnoredChildrenFailures()]);
    const count = Object.keys(values).length + Object.keys(ignored).length;
    if (count !== job.data.children) throw new Error(`${count} children instead of ${job.data.children}`);
  },
};

export function perform(account, job, signal) {
  return account.keep(job, signal, async (redis) => await behaviours[job.data.kind](job, signal, redis));
}
