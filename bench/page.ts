// npm run bench:page: what the page costs init and the workers. One forker with 32 workers, one of whose queues gets jobs all the time,
// is watched alternately by nobody and by ten viewers; then its metrics are scraped.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import { parseArgs } from "node:util";
import { Forker } from "../test/support/forker.ts";
import { freePort } from "../test/support/redis.ts";
import { markdownTable, median } from "./support/numbers.ts";
import { processorMs } from "./support/proc.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "20" },
    workers: { type: "string", default: "32" },
    viewers: { type: "string", default: "10" },
  },
});
const [rounds, seconds, viewers] = [Number(values.rounds), Number(values.seconds), Number(values.viewers)];
const scrapes = 20;

const port = await freePort();
await using forker = await Forker.start({
  workload: `jobs x${values.workers}`,
  env: { FORKER_HTTP: `127.0.0.1:${port}`, FORKER_LOG_LEVEL: "warn" },
});
await forker.ready();
const { slots } = await forker.status();
const inner = forker.pid1.processes();
const outer = (pid: number | undefined) => inner.find((one) => one.pid === pid)?.outerPid ?? 0;
const init = outer(1);
const workers = slots.map(({ workers: [worker] }) => outer(worker?.pid));

interface Measured {
  /** Per cent of a processor. */
  readonly init: number;
  readonly workers: number;
  /** What each viewer received, in bytes per second. */
  readonly bytes: number;
  readonly initMb: number;
}

const measured: Record<"nobody" | "viewers", Measured[]> = { nobody: [], viewers: [] };
// A round with each comes before the first that counts: the first viewers' memory readings are quicker, and code is compiled.
for (let round = -1; round < rounds; round++) {
  for (const side of round % 2 === 0 ? (["nobody", "viewers"] as const) : (["viewers", "nobody"] as const)) {
    const one = await measure(side === "viewers" ? viewers : 0);
    if (round >= 0) measured[side].push(one);
  }
}
const scrapeMs = await scrapeCost();

const cell = (side: readonly Measured[], what: keyof Measured) => median(side.map((one) => one[what]));
const rows = Object.entries(measured).map(([name, side]) => [
  name === "nobody" ? "nobody" : `${viewers} viewers`,
  `${cell(side, "init").toFixed(2)} %`,
  `${cell(side, "workers").toFixed(2)} %`,
  `${cell(side, "bytes").toFixed(0)} B/s`,
  `${cell(side, "initMb").toFixed(1)} MB`,
]);
const head = ["watched by", "init", `all ${workers.length} workers`, "to each viewer", "init's resident memory"];
process.stdout.write(
  `Processor time, medians of ${rounds} alternating rounds of ${seconds} s, with about ten jobs a second.\n\n` +
    `${markdownTable(head, rows)}\n\nA scrape of /metrics costs init ${scrapeMs.toFixed(1)} ms of processor time (mean of ${scrapes}).\n`,
);

async function measure(count: number): Promise<Measured> {
  const connections = await Promise.all(Array.from({ length: count }, view));
  await steady();
  for (const connection of connections) connection.bytes = 0;
  const before = [processorMs([init]), processorMs(workers)];
  for (let second = 0; second < seconds; second++) await steady();
  const after = [processorMs([init]), processorMs(workers)];
  for (const { request } of connections) request.destroy();
  const share = (at: number) => (((after[at] ?? 0) - (before[at] ?? 0)) / (seconds * 1000)) * 100;
  const received = connections.reduce((sum, { bytes }) => sum + bytes, 0);
  return { init: share(0), workers: share(1), bytes: received / Math.max(1, count) / seconds, initMb: residentMb() };
}

/** One second, in which ten jobs run. */
async function steady(): Promise<void> {
  for (let at = 0; at < 10; at++) await forker.queue().add("quick", {}, { removeOnComplete: true });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

async function view() {
  const request = http.get({ host: "127.0.0.1", port, path: "/events", agent: false });
  request.on("error", () => undefined);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`expected 200, got ${response.statusCode}`);
  const connection = { request, bytes: 0 };
  response.on("error", () => undefined).on("data", (part: Buffer) => (connection.bytes += part.length));
  return connection;
}

async function scrapeCost(): Promise<number> {
  const before = processorMs([init]);
  for (let at = 0; at < scrapes; at++) await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return (processorMs([init]) - before) / scrapes;
}

function residentMb(): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${init}/status`, "utf8"))?.[1]) / 1024;
}
