import { addonProblem, native } from "../native/binding.ts";

const name = "NODE_OPTIONS";
/** How a process of ours tells its next image what NODE_OPTIONS the user had set. */
const stash = "BULLMQ_FORKER_NODE_OPTIONS";

/**
 * NODE_OPTIONS is the application's: loaders, instrumentation and heap sizes have no business in PID 1, in a health check, or
 * in the init of another command. Node has obeyed it already when our first line runs, so the process starts over without
 * it: execve keeps the pid, and nothing else of what the options brought in. Returns with the variable in its place, for those
 * that we start; also where there is nothing to be rid of, or the kernel refuses.
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
    warn(`NODE_OPTIONS stays in force: ${(cause as Error).message}`);
  }
}

function startOver(): void {
  native().renameVariable(name, stash);
  try {
    native().restart(process.execPath);
  } finally {
    native().renameVariable(stash, name);
  }
}

/** Node's own execve: it takes only arguments and variables that are text. */
function startOverAsText(): void {
  if (process.execve === undefined) return;
  const { [name]: options = "", ...rest } = process.env;
  const environment: Record<string, string> = { [stash]: options };
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) environment[key] = value;
  const emitWarning = process.emitWarning.bind(process);
  try {
    // process.execve is experimental, and says so on stderr.
    process.emitWarning = () => undefined;
    process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], environment);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function restore(): void {
  process.env[name] = process.env[stash];
  delete process.env[stash];
}
