import { addonProblem, native } from "../native/binding.ts";

const name = "NODE_OPTIONS";
/** Carries the user's NODE_OPTIONS through execve. */
const stash = "BULLMQ_FORKER_NODE_OPTIONS";

/**
 * Restarts this process without NODE_OPTIONS. The variable is meant for the application: loaders, instrumentation and heap sizes
 * do not belong in PID 1, in a health check, or in the init of another command. Node has applied it before forker's first line
 * runs, so the process calls execve, which keeps the pid and nothing that the options loaded. Returns with the variable restored,
 * for child processes; even if the variable is not set, or if the kernel refuses.
 */
export function shedNodeOptions(warn: (message: string) => void): void {
  const isNative = addonProblem() === undefined;
  if (process.env[stash] !== undefined) {
    if (isNative) native().renameVariable(stash, name);
    else restore();
    return;
  }
  if ((process.env[name] ?? "").trim() === "") return;
  try {
    if (isNative) startOver();
    else startOverAsText();
  } catch (cause) {
    warn(`could not restart without NODE_OPTIONS: ${(cause as Error).message}`);
  }
}

function startOver(): void {
  native().renameVariable(name, stash);
  try {
    native().restart(process.execPath, ownWords());
  } finally {
    native().renameVariable(stash, name);
  }
}

/** Node's own execve accepts only arguments and variables that are valid UTF-8. */
function startOverAsText(): void {
  if (process.execve === undefined) return;
  const { [name]: options = "", ...rest } = process.env;
  const environment: Record<string, string> = { [stash]: options };
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) environment[key] = value;
  const emitWarning = process.emitWarning.bind(process);
  try {
    // process.execve is experimental and prints a warning.
    process.emitWarning = () => undefined;
    process.execve(process.execPath, ownWords(), environment);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Not from the kernel's copy of these words: a process title, which NODE_OPTIONS may have set, overwrites it. */
function ownWords(): string[] {
  return [process.argv0, ...process.execArgv, ...process.argv.slice(1)];
}

function restore(): void {
  process.env[name] = process.env[stash];
  delete process.env[stash];
}
