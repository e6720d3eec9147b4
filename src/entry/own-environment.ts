/** How a process of ours tells its next image what NODE_OPTIONS the user had set. */
const stash = "BULLMQ_FORKER_NODE_OPTIONS";

/**
 * NODE_OPTIONS is the application's: loaders, instrumentation and heap sizes have no business in PID 1. Node has obeyed it
 * already when our first line runs, so init starts over without it: execve keeps the pid, and nothing else of what the
 * options brought in. Returns only if there is nothing to be rid of, or the kernel refuses.
 */
export function shedNodeOptions(entryFile: string, warn: (message: string) => void): void {
  const { NODE_OPTIONS: options, ...rest } = process.env;
  const kept = process.env[stash];
  if (kept !== undefined) {
    delete process.env[stash];
    process.env["NODE_OPTIONS"] = kept;
    return;
  }
  if (options === undefined || options.trim() === "" || process.execve === undefined) return;
  const environment: Record<string, string> = { [stash]: options };
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) environment[name] = value;
  const emitWarning = process.emitWarning.bind(process);
  try {
    // process.execve is experimental, and says so on stderr.
    process.emitWarning = () => undefined;
    process.execve(
      process.execPath,
      // The path that we were started by: `current` in it may be all that tells its name.
      [process.execPath, ...process.execArgv, process.argv[1] ?? entryFile, ...process.argv.slice(2)],
      environment,
    );
  } catch (cause) {
    warn(`NODE_OPTIONS stays in force in init: ${(cause as Error).message}`);
  } finally {
    process.emitWarning = emitWarning;
  }
}
