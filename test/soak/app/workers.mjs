// The application of the entrypoint's soak test: jobs that work, and jobs that end their worker. A worker announces an end that
// its own job causes, so that the test expects it.
import { mkdtempSync, watchFile, writeFileSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const templatePid = process.pid;
const tide = [];
const waves = 40;
let looks = 0;

/**
 * Makes the template's heap grow and shrink between forks. Timers do not fire there, but a watched file is looked at every 50 ms,
 * and each look at a changed file changes it again. The first look finds no file, which also calls the listener.
 */
function letHeapBreathe() {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "forker-soak-")), "tide");
  watchFile(file, { interval: 50, persistent: false }, () => {
    if (process.pid !== templatePid) return;
    if (tide.length >= waves) tide.length = 0;
    tide.push(Array.from({ length: 4_000 }, (_, i) => ({ text: `${tide.length} ${i}` })));
    writeFileSync(file, `${++looks}`);
  });
}

function announce(end) {
  writeSync(1, `${JSON.stringify({ soak: "announced", pid: process.pid, end })}\n`);
}

const behaviours = {
  quick: () => "done",
  compute: () => {
    let sum = 0;
    for (let i = 0; i < 2_000_000; i++) sum = (sum + Math.imul(i, 31)) | 0;
    return Array.from({ length: 20_000 }, (_, i) => ({ sum, i })).length;
  },
  io: async () => {
    await Promise.all([readFile("/proc/self/status"), promisify(gzip)(Buffer.alloc(50_000))]);
  },
  waits: async (job, signal) => {
    await setTimeout(job.data.ms, undefined, { signal });
  },
  fails: () => {
    throw new Error("as fate has it");
  },
  exits: (job) => {
    announce(`exit ${job.data.code}`);
    process.exit(job.data.code);
  },
  throws: async () => {
    announce("exit 1");
    setImmediate(() => {
      throw new Error("as fate has it");
    });
    await setTimeout(1_000);
  },
  faults: () => {
    announce("SIGSEGV");
    process.kill(process.pid, "SIGSEGV");
  },
};

export default {
  setup: letHeapBreathe,
  processors: { "*": async (job, _token, signal) => await behaviours[job.name](job, signal) },
};
