import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { ask } from "../../src/admin/client.ts";
import type { Status } from "../../src/protocol/status.ts";
import { type Side, type SideOptions, sideTimeoutMs, within } from "./side.ts";
import { spawnTied } from "./spawn-tied.ts";

const entrypoint = path.join(import.meta.dirname, "../../dist/entrypoint.mjs");
const askEveryMs = 10;
const keptLines = 30;

interface LogLine {
  readonly msg?: string;
  readonly generation?: number;
  readonly startMs?: number;
}

/** The entrypoint with its fork engine. */
export class ForkSide implements Side {
  readonly startMs: number[] = [];
  workerPids: readonly number[] = [];
  readonly #options: SideOptions;
  readonly #lastLines: string[] = [];
  #child: ChildProcess | undefined;
  #generation = 1;
  #count = 0;
  #kills = 0;
  #started = new Map<number, number>();

  constructor(options: SideOptions) {
    this.#options = options;
  }

  get rootPid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(count: number): Promise<void> {
    const { pin, environment } = this.#options;
    const app = environment["BENCH_APP"] ?? "";
    // Another build of forker, to compare the two in one run.
    const entry = environment["BENCH_ENTRYPOINT"] ?? entrypoint;
    const [command, ...words] = [...pin, process.execPath, entry, app];
    this.#count = count;
    this.#child = spawnTied(command, words, {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        ...environment,
        WORKLOAD: environment["WORKLOAD"] ?? `* x${count}`,
        FORKER_ENGINE: "fork",
        FORKER_LOG_FORMAT: "json",
        ...(process.getuid?.() === 0 ? { FORKER_USER: "root" } : {}),
      },
    });
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line));
    await this.#allReady("forked workers ready");
  }

  async reload(): Promise<void> {
    this.#generation += 1;
    this.#child?.kill("SIGHUP");
    await this.#allReady("forked workers replaced");
  }

  /** Resolves when another worker has taken the place of one that was killed. A slot whose workers die in turn would have to pause. */
  async replaceOne(): Promise<void> {
    const victim = this.workerPids[this.#kills++ % this.#count] ?? 0;
    process.kill(victim, "SIGKILL");
    const end = performance.now() + sideTimeoutMs;
    for (;;) {
      const status = (await ask({ name: "status", brief: true }, this.rootPid)) as Status;
      const pids = status.slots.flatMap((slot) => slot.workers).map((worker) => worker.pid);
      if (status.ready && pids.length === this.#count && !pids.includes(victim)) {
        this.workerPids = pids;
        return;
      }
      if (performance.now() > end) throw new Error("worker replaced: timed out");
      await pause(askEveryMs);
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await within("the entrypoint's end", 20_000, once(child, "exit")).catch(() => child.kill("SIGKILL"));
  }

  #hear(text: string): void {
    if (this.#lastLines.push(text) > keptLines) this.#lastLines.shift();
    let line: LogLine;
    try {
      line = JSON.parse(text) as LogLine;
    } catch {
      return;
    }
    if (line.msg !== "worker started" || line.generation === undefined) return;
    this.#started.set(line.generation, (this.#started.get(line.generation) ?? 0) + 1);
    if (line.startMs !== undefined) this.startMs.push(line.startMs);
  }

  /** Asks only when the log suggests it, and briefly: for a full answer the entrypoint reads the memory of every process. */
  async #allReady(what: string): Promise<void> {
    const end = performance.now() + sideTimeoutMs;
    for (;;) {
      if (this.#child?.exitCode !== null || performance.now() > end) {
        throw new Error(`${what}: timed out\n${this.#lastLines.join("\n")}`);
      }
      if ((this.#started.get(this.#generation) ?? 0) >= this.#count) {
        const status = (await ask({ name: "status", brief: true }, this.rootPid)) as Status;
        const workers = status.slots.flatMap((slot) => slot.workers);
        const isNew = workers.every((worker) => worker.generation === this.#generation);
        if (status.ready && !status.reloading && isNew && workers.length === this.#count) {
          if (status.engine !== "fork") throw new Error(`engine ${status.engine}: ${status.engineReason}`);
          this.workerPids = workers.map((worker) => worker.pid);
          return;
        }
      }
      await pause(askEveryMs);
    }
  }
}
