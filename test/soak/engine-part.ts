import { fileURLToPath } from "node:url";
import { startPid1 } from "../support/pid1.ts";
import { ZombieWatch } from "../support/zombies.ts";
import type { Line } from "./processes/lines.ts";
import { holdFor, saveTranscript } from "./support/hold.ts";
import type { PartReport, SoakOptions } from "./support/part.ts";
import { trendsOf, type Vitals, vitalsOf } from "./support/vitals.ts";

const init = fileURLToPath(new URL("./processes/init.ts", import.meta.url));
const samplesInAll = 400;
const oneForkMs = 1_000;

/** Forks from one template as fast as possible, with the engine alone: no Redis, and only a loop that reaps as supervisor. */
export async function soakEngine({ forks, seed, node, hold }: SoakOptions): Promise<PartReport> {
  const began = performance.now();
  const command = [node, "--disable-warning=ExperimentalWarning", init, String(seed), String(forks)];
  await using pid1 = await startPid1({ command, env: { NODE_OPTIONS: undefined } });
  const zombies = new ZombieWatch(pid1);
  const samples: Record<"init" | "template", Vitals[]> = { init: [], template: [] };
  const ends = new Map<string, number>();
  const perBatch = { drain: [] as number[], fork: [] as number[], total: [] as number[] };
  const readyMs: number[] = [];
  const violations: string[] = [];
  let templateOuterPid: number | undefined;
  let forkCount = 0;
  let batches = 0;
  let highestHeapMb = 0;
  let sampledAt = 0;

  function take(line: Line): boolean {
    switch (line.event) {
      case "template":
        templateOuterPid = pid1.processes().find(({ pid }) => pid === line.pid)?.outerPid;
        return false;
      case "forked":
        batches += 1;
        highestHeapMb = Math.max(highestHeapMb, line.heapMb);
        for (const _ of line.pids) {
          perBatch.drain.push(line.drainMs);
          perBatch.fork.push(line.forkMs);
          perBatch.total.push(line.totalMs);
        }
        forkCount += line.pids.length;
        sample();
        return false;
      case "awake":
        readyMs.push(line.readyMs);
        return false;
      case "ended":
        ends.set(line.end, (ends.get(line.end) ?? 0) + 1);
        return false;
      case "violation":
        violations.push(`after ${forkCount} forks: ${line.what}`);
        return true;
      case "done":
        return true;
    }
  }

  function sample(): void {
    if (forkCount - sampledAt < forks / samplesInAll) return;
    sampledAt = forkCount;
    for (const [name, pid] of [
      ["init", pid1.outerPid],
      ["template", templateOuterPid],
    ] as const) {
      const vitals = pid === undefined ? undefined : vitalsOf(pid);
      if (vitals !== undefined) samples[name].push(vitals);
    }
    for (const { pid } of zombies.look()) violations.push(`after ${forkCount} forks: process ${pid} was not reaped`);
  }

  let read = 0;
  await pid1.until(
    "the soak's end",
    () => {
      while (read < pid1.lines.length) if (take(JSON.parse(pid1.lines[read++] ?? "") as Line)) return true;
      return violations.length > 0;
    },
    60_000 + forks * oneForkMs,
  );
  if (violations.length > 0 && hold) await holdFor(pid1, violations);
  if (violations.length > 0) violations.push(`its whole output: ${saveTranscript(pid1, seed)}`);
  else {
    const code = await pid1.exitCode();
    if (code !== 0) violations.push(`init ended with ${code}`);
  }
  return {
    title: "engine",
    forks: forkCount,
    seconds: (performance.now() - began) / 1_000,
    ends,
    trends: [...trendsOf("init", samples.init), ...trendsOf("template", samples.template)],
    latencies: [
      { what: "stop V8's threads", ms: perBatch.drain },
      { what: "fork the batch's intermediate", ms: perBatch.fork },
      { what: "all pids of the batch known", ms: perBatch.total },
      { what: "worker awake and itself", ms: readyMs },
    ],
    facts: [
      ["batches", String(batches)],
      ["the template's heap rose to", `${Math.round(highestHeapMb)} MB`],
      ["zombies at one moment, at most", String(zombies.most)],
    ],
    violations,
  };
}
