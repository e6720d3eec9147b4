import type { Board } from "../../board/board-memory.ts";
import type { Settings } from "../../config/settings.ts";
import type { LaunchConfig } from "../../protocol/launch-config.ts";
import type { EarlyProcess } from "./early-process.ts";
import type { OwnFiles } from "./own-files.ts";
import { type StartedProcess, spawnOwn } from "./spawn-own.ts";

/**
 * Starts one of forker's own processes. child_process.spawn() throws most errors of execve(2) (E2BIG, ENOMEM, ENOTDIR), and emits
 * EACCES, EAGAIN, EMFILE, ENFILE and ENOENT.
 */
export type StartProcess = (role: LaunchConfig["role"]) => StartedProcess;

export interface StartProcessDependencies {
  readonly ownFiles: OwnFiles;
  /** See SpawnOptions. */
  readonly startFolder: string;
  readonly settings: Settings;
  readonly board: Board | undefined;
  /** undefined: the first template is started like every other. */
  readonly early: EarlyProcess | undefined;
}

/** Starts processes by fork and exec of forker's bundle. */
export function processStarter(dependencies: StartProcessDependencies): StartProcess {
  const { ownFiles, startFolder, settings, early } = dependencies;
  return (role) => {
    const started = role === "template" ? early?.take() : undefined;
    if (started !== undefined) return started;
    const nodeOptions = role === "keeper" ? undefined : settings.nodeOptions;
    const board = role === "keeper" ? undefined : dependencies.board;
    return spawnOwn({ command: ownFiles.startCommand(), startFolder, nodeOptions, board });
  };
}
