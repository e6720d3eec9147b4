import { type ChildProcess, spawn } from "node:child_process";
import type { Settings } from "../config/settings.ts";
import type { Birth } from "../protocol/birth.ts";
import type { Children } from "./children.ts";
import type { ExitStatus } from "./event.ts";
import type { Template, Worker } from "./world.ts";

export interface SpawnerDependencies {
  readonly entryFile: string;
  readonly socketName: string;
  readonly settings: Settings;
  readonly children: Children;
  /** A spawn that failed (EAGAIN at the pids limit, ENOMEM): reported beside the exit that follows. */
  failed(what: string, cause: Error): void;
}

/**
 * Starts templates, and the workers of the spawn engine, as plain fork+exec of our own bundle. libuv owns these
 * processes: it alone waits for them.
 */
export class Spawner {
  readonly #dependencies: SpawnerDependencies;
  readonly #owned = new Set<number>();

  constructor(dependencies: SpawnerDependencies) {
    this.#dependencies = dependencies;
  }

  owns(pid: number): boolean {
    return this.#owned.has(pid);
  }

  spawnTemplate(template: Template): void {
    const { children } = this.#dependencies;
    const link = children.expectTemplate(template.id);
    const birth: Birth = { role: "template", generation: template.generation, ...this.#common(link.token) };
    const child = this.#spawn(birth, (status) => link.exited(status));
    if (child.pid !== undefined) children.templateBorn(template.id, child.pid);
  }

  spawnWorker(worker: Worker): void {
    const { children } = this.#dependencies;
    const link = children.expectWorker(worker.id);
    const { slot, spec, generation } = worker;
    const birth: Birth = { role: "worker", slot, spec, generation, engine: "spawn", ...this.#common(link.token) };
    const child = this.#spawn(birth, (status) => link.exited(status));
    if (child.pid !== undefined) children.workerBorn(worker.id, child.pid);
  }

  #common(token: string) {
    const { socketName, settings } = this.#dependencies;
    return { socketName, token, initPid: process.pid, settings };
  }

  #spawn(birth: Birth, ended: (status: ExitStatus) => void): ChildProcess {
    const { entryFile, settings } = this.#dependencies;
    const { FORKER_NODE_OPTIONS: _, ...environment } = process.env;
    if (settings.nodeOptions !== undefined) environment["NODE_OPTIONS"] = settings.nodeOptions;
    const child = spawn(process.execPath, [entryFile], {
      env: { ...environment, FORKER_BIRTH: JSON.stringify(birth) },
      stdio: ["ignore", "inherit", "inherit"],
      // A session of its own: Ctrl-C of a terminal reaches init alone, which decides what it means.
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) this.#owned.add(pid);
    child.on("error", (cause) => {
      this.#dependencies.failed(birth.role, cause);
      if (pid === undefined) ended({ unknown: true });
    });
    child.on("exit", (exitCode, signal) => {
      if (pid !== undefined) this.#owned.delete(pid);
      ended(signal === null ? { exitCode: exitCode ?? 0 } : { signal });
    });
    return child;
  }
}
