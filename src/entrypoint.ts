// These statements run first: from then on, no signal has its default effect. What each role needs is loaded after them.
import { isForegroundRequested } from "./app/foreground-request.ts";
import type { Foreground } from "./app/run-main.ts";
import { closeInspector } from "./signals/close-inspector.ts";
import { installSignalQueue, type SignalQueue } from "./signals/signal-queue.ts";

/** undefined: the application runs as the program itself, and the signals are its own until its worker starts. */
const signals: SignalQueue | undefined = isForegroundRequested() ? undefined : installSignalQueue();
// On other systems than Linux, forker runs an application on a developer's machine, where a debugger may be attached.
if (signals !== undefined && process.platform === "linux") closeInspector();

/** undefined: this process is now the application's, and ends as that decides. */
async function main(signalQueue: SignalQueue): Promise<number | undefined> {
  // See src/protocol/launch-pipe.ts.
  if (process.env["FORKER_LAUNCH"] !== undefined) {
    const { enterChild } = await import("./entry/child.ts");
    return await enterChild(signalQueue);
  }
  const { enterCommand } = await import("./entry/run-command.ts");
  return await enterCommand(process.argv.slice(2), signalQueue, import.meta.filename);
}

/** For the API: see src/app/run-main.ts. */
export const runForeground: Foreground["runForeground"] = async (...application) => {
  const { enterForeground } = await import("./entry/foreground.ts");
  process.exit(await enterForeground(...application));
};

if (signals !== undefined) {
  const code = await main(signals);
  if (code !== undefined) process.exit(code);
}
