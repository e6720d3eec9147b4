// PID 1 of the engine's soak test: orders batches from one template, sends the workers the planned signals, and waits for every
// process with init's reaper. An unplanned end is a violation.
import { spawn } from "node:child_process";
import type net from "node:net";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { Reaper } from "../../../src/reaping/reaper.ts";
import { expectedEnd, type Fate, planBatch } from "../support/fates.ts";
import { type Line, say } from "./lines.ts";

const [seed = 0, forks = 0] = process.argv.slice(2).map(Number);
const livingAtMost = 12;
const lifeDeadlineMs = 300_000;
const forkDeadlineMs = 120_000;
const lookEveryMs = 2;

interface Life {
  readonly batch: number;
  readonly index: number;
  readonly fate: Fate;
  readonly bornMs: number;
}

const file = fileURLToPath(new URL("./template.ts", import.meta.url));
const template = spawn(process.execPath, [...process.execArgv, file, String(seed)], {
  // A socket for orders to the template only; workers close it.
  stdio: ["ignore", "pipe", "inherit", "pipe"],
});
const orders = template.stdio[3] as net.Socket;
const living = new Map<number, Life>();
/** A worker may have ended before its template could report it. */
const endedUnnamed = new Map<number, string>();
const reaper = new Reaper((pid) => pid === template.pid);
let batch = 0;
let forked = 0;
let orderedMs: number | undefined;

say({ event: "template", pid: template.pid ?? 0 });
readline.createInterface({ input: template.stdout as net.Socket }).on("line", (text) => {
  const line = JSON.parse(text) as Line | { readonly event: "ready" };
  if (line.event === "ready") return order();
  if (line.event === "forked") settle(line);
  console.log(text);
});
template.on("close", (code, signal) => {
  if (endedUnnamed.size > 0) violate(`the template did not report ${JSON.stringify([...endedUnnamed])}`);
  if (forked < forks || code !== 0) violate(`the template ended with ${String(code ?? signal)}`);
  say({ event: "done" });
  clearInterval(looking);
});
const looking = setInterval(look, lookEveryMs);

function order(): void {
  orderedMs = performance.now();
  orders.write(`${batch}\n`);
}

function settle({ batch: number, pids }: Extract<Line, { event: "forked" }>): void {
  const { fates } = planBatch(seed, number);
  for (const [index, pid] of pids.entries()) {
    const fate = fates[index] as Fate;
    const life = { batch: number, index, fate, bornMs: performance.now() };
    living.set(pid, life);
    const early = endedUnnamed.get(pid);
    if (early !== undefined) {
      endedUnnamed.delete(pid);
      bury(pid, life, early);
      continue;
    }
    const { style } = fate;
    if (style.startsWith("SIG")) setTimeout(() => living.has(pid) && process.kill(pid, style), fate.afterMs);
  }
  if (pids.length !== fates.length) violate(`batch ${number}: ${pids.length} of ${fates.length} were forked`);
  forked += pids.length;
  batch += 1;
  orderedMs = undefined;
}

function look(): void {
  for (const { pid, ...ended } of reaper.reap()) {
    const life = living.get(pid);
    const end = "signal" in ended ? ended.signal : `exit ${ended.exitCode}`;
    if (life === undefined) endedUnnamed.set(pid, end);
    else bury(pid, life, end);
  }
  const now = performance.now();
  for (const [pid, life] of living) {
    if (now - life.bornMs > lifeDeadlineMs)
      violate(`batch ${life.batch}, worker ${life.index} (pid ${pid}) hangs: ${JSON.stringify(life.fate)}`);
  }
  if (orderedMs === undefined) next();
  else if (now - orderedMs > forkDeadlineMs) violate(`batch ${batch}: the template hangs`);
}

function next(): void {
  if (batch === 0 || orders.destroyed) return;
  if (forked < forks && living.size < livingAtMost) order();
  else if (forked >= forks && living.size === 0) orders.end();
}

function bury(pid: number, { batch: number, index, fate }: Life, end: string): void {
  living.delete(pid);
  say({ event: "ended", batch: number, index, end });
  const expected = expectedEnd(fate);
  if (end !== expected)
    violate(`batch ${number}, worker ${index} (pid ${pid}): ${end}, not ${expected}: ${JSON.stringify(fate)}`);
}

function violate(what: string): void {
  say({ event: "violation", what });
}
