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
  /** The working directory that forker was started in, as a path that may lead elsewhere by now. */
  readonly startFolder: string;
  readonly version: string;
  readonly socketName: string;
  readonly settings: Settings;
  readonly instanceId: InstanceId;
  readonly board: Board | undefined;
  readonly children: Children;
  /** Logs a failed spawn (EAGAIN at the pids limit, ENOMEM), in addition to the exit event that follows. Returns the reason. */
  failed(what: string, cause: Error): string;
}

/**
 * Starts templates, keepers, and the workers of the spawn engine by fork and exec of forker's bundle. libuv owns these
 * processes: only libuv reaps them.
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
    const { redis, queueOptions } = keeper;
    const own = { role: "keeper" as const, instanceId, user, queueOptions };
    const launch: LaunchConfig = { ...own, ...redis, ...this.#common(link.token) };
    this.#start(launch, link, (pid) => children.keeperSpawned(keeper.id, pid));
  }

  #common(token: string) {
    const { socketName, settings, board, version } = this.#dependencies;
    return { socketName, token, initPid: process.pid, version, settings, hasBoard: board !== undefined };
  }

  /** Never throws: a failed start is reported as the exit of the process. */
  #start(launch: LaunchConfig, link: Pick<Link<unknown>, "exited">, launched: (pid: number) => void): void {
    const notStarted = (cause: unknown) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      link.exited({ unknown: true, notStarted: this.#dependencies.failed(launch.role, error) });
    };
    let child: ChildProcess;
    try {
      // spawn() throws most errors of execve(2) (E2BIG, ENOMEM, ENOTDIR). It emits EACCES, EAGAIN, EMFILE, ENFILE and ENOENT.
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
      // From index 3 on: launchFd, boardFd, and the descriptors of own-descriptors.ts.
      stdio: [
        "ignore",
        "inherit",
        "inherit",
        "pipe",
        // "ignore" leaves this descriptor closed in the child.
        board !== undefined && launch.role !== "keeper" ? board.fd : "ignore",
        ...descriptors,
      ],
      // A separate session: Ctrl-C in a terminal reaches only init, which decides what it means.
      detached: true,
    });
  }
}

/**
 * Returns the start folder if its path now leads to another folder, as a `current` link does after a deployment. undefined:
 * it is init's own folder, or it cannot be entered; then the child inherits init's folder.
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
