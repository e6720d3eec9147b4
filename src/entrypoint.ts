// These statements run first: from then on, no signal has its default effect. What each role needs is loaded after them.
import { closeInspector } from "./signals/close-inspector.ts";
import { installSignalQueue, type SignalQueue } from "./signals/signal-queue.ts";

const signals: SignalQueue = installSignalQueue();
closeInspector();

async function main(): Promise<number> {
  // See src/protocol/launch-pipe.ts.
  if (process.env["FORKER_LAUNCH"] !== undefined) {
    const { enterChild } = await import("./entry/child.ts");
    return await enterChild(signals);
  }
  const { enterCommand } = await import("./entry/run-command.ts");
  return await enterCommand(process.argv.slice(2), signals, import.meta.filename);
}

process.exit(await main());
