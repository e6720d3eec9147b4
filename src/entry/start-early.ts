import { createBoard } from "../board/board-memory.ts";
import { readText } from "../cgroup/folders.ts";
import { PidsWatcher } from "../cgroup/pids-watcher.ts";
import { startFolder } from "../config/app-path.ts";
import { EarlyProcess } from "../init/processes/early-process.ts";
import { spawnOwn } from "../init/processes/spawn-own.ts";
import { addonProblem } from "../native/binding.ts";
import { hasDangerousEnvironment } from "../privileges/dangerous-environment.ts";
import { startOwnThreads } from "./own-threads.ts";

/** What init starts before it loads most of its own code. */
export interface EarlyStart {
  /** See AnswersDependencies. */
  readonly hasThreads: boolean;
  readonly process: EarlyProcess | undefined;
  /** It counts from before that process has started. */
  readonly pidsWatcher: PidsWatcher;
}

/** The process of the first template comes after init's threads: it could use up the last ones that the limits allow. */
export function startEarly(app: string, entryFile: string): EarlyStart {
  const hasThreads = startOwnThreads();
  const pidsWatcher = new PidsWatcher(readText);
  return { hasThreads, pidsWatcher, process: hasThreads && keepsUser() ? startProcess(app, entryFile) : undefined };
}

/** undefined: init starts the first template later, and says what is wrong. */
function startProcess(app: string, entryFile: string): EarlyProcess | undefined {
  if (addonProblem() !== undefined || hasDangerousEnvironment()) return undefined;
  try {
    const board = createBoard();
    if (board === undefined) return undefined;
    const command = { program: process.execPath, words: [entryFile], descriptors: [] };
    const nodeOptions = process.env["NODE_OPTIONS"]?.trim() || undefined;
    const started = spawnOwn({ command, startFolder: startFolder(app, process.env), nodeOptions, board });
    return new EarlyProcess(started, board);
  } catch {
    return undefined;
  }
}

/** Whether FORKER_USER cannot change init's user. What is started before the change would remain root. */
function keepsUser(): boolean {
  const named = process.env["FORKER_USER"]?.trim() ?? "";
  return process.geteuid?.() !== 0 || ["", "root", "0"].includes(named);
}
