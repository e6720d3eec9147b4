import type { Board } from "../../board/board-memory.ts";
import type { Settings } from "../../config/settings.ts";
import type { InstanceId } from "../../protocol/instance-id.ts";
import type { LaunchConfig } from "../../protocol/launch-config.ts";
import { startOptionsOf } from "../../protocol/worker-start-options.ts";
import type { KeeperProcess } from "../state/keeper.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";
import type { Children } from "./children.ts";
import type { Link } from "./link.ts";
import type { StartedProcess } from "./spawn-own.ts";
import type { StartProcess } from "./start-process.ts";

export interface SpawnerDependencies {
  readonly start: StartProcess;
  readonly version: string;
  readonly socketName: string;
  readonly settings: Settings;
  readonly instanceId: InstanceId;
  readonly board: Board | undefined;
  readonly children: Children;
  /** Logs a failed spawn (EAGAIN at the pids limit, ENOMEM), in addition to the exit event that follows. Returns the reason. */
  failed(what: string, cause: Error): string;
}

/** Starts templates, keepers, and the workers of the spawn engine. libuv owns these processes: only libuv reaps them. */
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
    const { generation, spawnReason, isReplacement } = template;
    const common = this.#common(link.token);
    const settings: Settings =
      spawnReason === undefined ? common.settings : { ...common.settings, engine: "spawn", spawnReason };
    const launch: LaunchConfig = { role: "template", generation, isReplacement, ...common, settings };
    this.#start(launch, link, (pid) => children.templateSpawned(template.id, pid));
  }

  spawnWorker(worker: Worker): void {
    const { children } = this.#dependencies;
    const link = children.expectWorker(worker);
    const own = { generation: worker.generation, options: startOptionsOf(worker) };
    const launch: LaunchConfig = { role: "worker", engine: "spawn", ...own, ...this.#common(link.token) };
    this.#start(launch, link, (pid) => children.workerSpawned(worker.id, pid));
  }

  spawnKeeper(keeper: KeeperProcess): void {
    const { children } = this.#dependencies;
    const link = children.expectKeeper(keeper.id);
    const { instanceId } = this.#dependencies;
    const user = keeper.user.uid === process.geteuid?.() ? undefined : keeper.user;
    const { redis, queueOptions } = keeper;
    const own = { role: "keeper" as const, instanceId, user, queueOptions };
    const launch: LaunchConfig = { ...own, ...redis, ...this.#common(link.token) };
    this.#start(launch, link, (pid) => children.keeperSpawned(keeper.id, pid));
  }

  #common(token: string) {
    const { socketName, board, version } = this.#dependencies;
    // Application code must not find the secret that steers init.
    const settings: Settings = { ...this.#dependencies.settings, httpToken: undefined };
    return { socketName, token, initPid: process.pid, version, settings, hasBoard: board !== undefined };
  }

  /** Never throws: a failed start is reported as the exit of the process. */
  #start(launch: LaunchConfig, link: Pick<Link<unknown>, "exited">, launched: (pid: number) => void): void {
    const dependencies = this.#dependencies;
    const notStarted = (cause: unknown) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      link.exited({ unknown: true, notStarted: dependencies.failed(launch.role, error) });
    };
    let child: StartedProcess;
    try {
      child = dependencies.start(launch.role);
    } catch (cause) {
      notStarted(cause);
      return;
    }
    const { pid } = child;
    if (pid === undefined) {
      child.on("error", notStarted);
      return;
    }
    this.#owned.add(pid);
    child.on("error", (cause) => void dependencies.failed(launch.role, cause));
    child.on("exit", (exitCode, signal) => {
      this.#owned.delete(pid);
      link.exited(signal === null ? { exitCode: exitCode ?? 0 } : { signal });
    });
    launched(pid);
    child.launch(launch);
  }
}
