import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { type Side, type SideOptions, sideTimeoutMs, within } from "./side.ts";
import { spawnTied } from "./spawn-tied.ts";

const parent = path.join(import.meta.dirname, "../processes/plain-parent.mjs");

interface Report {
  readonly kind: "ready" | "replaced";
  readonly pids: readonly number[];
}

/** A supervisor that starts each worker with child_process.fork. */
export class PlainSide implements Side {
  readonly startMs = [];
  workerPids: readonly number[] = [];
  readonly #options: SideOptions;
  #child: ChildProcess | undefined;

  constructor(options: SideOptions) {
    this.#options = options;
  }

  get rootPid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(count: number): Promise<void> {
    const { pin, parallel, environment, queues } = this.#options;
    const [command, ...words] = [...pin, process.execPath, parent];
    this.#child = spawnTied(command, [...words, String(count), String(parallel), ...queues], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: { ...process.env, ...environment },
    });
    await this.#report("plain workers ready");
  }

  async reload(): Promise<void> {
    this.#child?.kill("SIGHUP");
    await this.#report("plain workers replaced");
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await within("the plain side's end", 20_000, once(child, "exit")).catch(() => child.kill("SIGKILL"));
  }

  async #report(what: string): Promise<void> {
    if (this.#child === undefined) throw new Error("not started");
    const died = once(this.#child, "exit").then(([code]) => {
      throw new Error(`${what}: the supervisor ended with ${String(code)}`);
    });
    died.catch(() => {});
    const [report] = (await within(what, sideTimeoutMs, Promise.race([once(this.#child, "message"), died]))) as [
      Report,
    ];
    this.workerPids = report.pids;
  }
}
