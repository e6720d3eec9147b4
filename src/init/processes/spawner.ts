import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import type { Board } from "../../board/board-memory.ts";
import type { Settings } from "../../config/settings.ts";
import type { InstanceId } from "../../protocol/instance-id.ts";
import type { LaunchConfig } from "../../protocol/launch-config.ts";
import { launchFd, launchVariable, sendLaunchConfig } from "../../protocol/launch-pipe.ts";
import { startOptionsOf } from "../../protocol/worker-start-options.ts";
import type { KeeperProcess } from "../state/keeper.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";
import type { Children } from "./children.ts";
import type { Link } from "./link.ts";
import type { OwnFiles } from "./own-files.ts";

export interface SpawnerDependencies {
  readonly ownFiles: OwnFiles;
  /** Where forker was started, by a name that may lead elsewhere by now. */
  readonly startFolder: string;
  readonly version: string;
  readonly socketName: string;
  readonly settings: Settings;
  readonly instanceId: InstanceId;
  readonly board: Board | undefined;
  readonly children: Children;
  /** A spawn that failed (EAGAIN at the pids limit, ENOMEM): reported beside the exit that follows. Returns the reason in words. */
  failed(what: string, cause: Error): string;
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
    const { generation, spawnReason } = template;
    const common = this.#common(link.token);
    const settings: Settings =
      spawnReason === undefined ? common.settings : { ...common.settings, engine: "spawn", spawnReason };
    const launch: LaunchConfig = { role: "template", generation, ...common, settings };
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
    const launch: LaunchConfig = { role: "keeper", instanceId, user, ...keeper.redis, ...this.#common(link.token) };
    this.#start(launch, link, (pid) => children.keeperSpawned(keeper.id, pid));
  }

  #common(token: string) {
    const { socketName, settings, board, version } = this.#dependencies;
    return { socketName, token, initPid: process.pid, version, settings, hasBoard: board !== undefined };
  }

  /** Never throws: whatever keeps the process from being started is how it ends. */
  #start(launch: LaunchConfig, link: Pick<Link<unknown>, "exited">, launched: (pid: number) => void): void {
    const notStarted = (cause: unknown) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      link.exited({ unknown: true, notStarted: this.#dependencies.failed(launch.role, error) });
    };
    let child: ChildProcess;
    try {
      // Most errors of execve(2) are thrown (E2BIG, ENOMEM, ENOTDIR). For EACCES, EAGAIN, EMFILE, ENFILE and ENOENT there is an event.
      child = this.#spawn(launch);
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
    child.on("error", (cause) => this.#dependencies.failed(launch.role, cause));
    child.on("exit", (exitCode, signal) => {
      this.#owned.delete(pid);
      link.exited(signal === null ? { exitCode: exitCode ?? 0 } : { signal });
    });
    launched(pid);
    sendLaunchConfig(child, launch);
  }

  #spawn(launch: LaunchConfig): ChildProcess {
    const { ownFiles, startFolder, settings, board } = this.#dependencies;
    const { program, words, descriptors } = ownFiles.startCommand();
    const { FORKER_NODE_OPTIONS: _, ...environment } = process.env;
    delete environment["NODE_OPTIONS"];
    if (settings.nodeOptions !== undefined && launch.role !== "keeper")
      environment["NODE_OPTIONS"] = settings.nodeOptions;
    return spawn(program, words, {
      argv0: process.execPath,
      cwd: folderToEnter(startFolder),
      env: { ...environment, [launchVariable]: String(launchFd) },
      // In their places these become launchFd, boardFd, and those of own-descriptors.ts.
      stdio: [
        "ignore",
        "inherit",
        "inherit",
        "pipe",
        // "ignore" leaves the place empty.
        board !== undefined && launch.role !== "keeper" ? board.fd : "ignore",
        ...descriptors,
      ],
      // A session of its own: Ctrl-C of a terminal reaches init alone, which decides what it means.
      detached: true,
    });
  }
}

/**
 * Where the name of the folder leads now, as `current` does after a deployment. undefined: it is the folder that we are in,
 * or there is none that may be entered; then the child inherits ours.
 */
function folderToEnter(startFolder: string): string | undefined {
  try {
    const named = statSync(startFolder);
    const own = statSync(".");
    if (named.dev === own.dev && named.ino === own.ino) return undefined;
    accessSync(startFolder, constants.X_OK);
    return startFolder;
  } catch {
    return undefined;
  }
}
