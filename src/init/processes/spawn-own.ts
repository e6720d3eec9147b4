import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import type { Board } from "../../board/board-memory.ts";
import type { LaunchConfig } from "../../protocol/launch-config.ts";
import { launchFd, launchVariable, sendLaunchConfig } from "../../protocol/launch-pipe.ts";
import { notifyVariables } from "./notify-socket.ts";
import type { StartCommand } from "./own-files.ts";

/** A process that was started, or not: then it has no pid, and emits why. */
export interface StartedProcess {
  readonly pid?: number | undefined;
  on(event: "error", listener: (cause: Error) => void): unknown;
  on(event: "exit", listener: (exitCode: number | null, signal: NodeJS.Signals | null) => void): unknown;
  /** Passes its launch config to the process. A failure shows in how the process ends. */
  launch(config: LaunchConfig): void;
}

export interface SpawnedProcess extends StartedProcess {
  kill(signal: NodeJS.Signals): void;
}

export interface SpawnOptions {
  readonly command: StartCommand;
  /** The working directory that forker was started in, as a path that may lead elsewhere by now. */
  readonly startFolder: string;
  /** undefined: the process has no NODE_OPTIONS. */
  readonly nodeOptions: string | undefined;
  /** undefined: the process has no board. */
  readonly board: Board | undefined;
}

/** Starts one of forker's own processes by fork and exec. It waits for its launch config. */
export function spawnOwn({ command, startFolder, nodeOptions, board }: SpawnOptions): SpawnedProcess {
  const { program, words, descriptors } = command;
  const { FORKER_NODE_OPTIONS: _, FORKER_HTTP_TOKEN: __, ...environment } = process.env;
  for (const name of ["NODE_OPTIONS", ...notifyVariables]) delete environment[name];
  if (nodeOptions !== undefined) environment["NODE_OPTIONS"] = nodeOptions;
  const child = spawn(program, words, {
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
      board === undefined ? "ignore" : board.fd,
      ...descriptors,
    ],
    // A separate session: Ctrl-C in a terminal reaches only init, which decides what it means.
    detached: true,
  });
  return {
    pid: child.pid,
    on: (event: string, listener: (...values: never[]) => void) =>
      child.on(event, listener as (...values: unknown[]) => void),
    launch: (config: LaunchConfig) => sendLaunchConfig(child, config),
    kill: (signal) => void child.kill(signal),
  };
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
