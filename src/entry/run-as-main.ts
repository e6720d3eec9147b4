import nodeModule from "node:module";
import { locateFile } from "../app/import-module.ts";
import { absoluteAppPath } from "../config/app-path.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { say } from "./say.ts";

/**
 * Where forker cannot supervise, `forker FILE` is `node FILE`, so that one npm script serves every machine. An application that
 * creates its own Workers runs as without forker; a definition runs one worker: see src/app/run-main.ts.
 */
export function runAsMain(app: string, signals: SignalQueue): undefined {
  const file = locateFile(absoluteAppPath(app, process.env), "application");
  say.problem(
    `forking requires Linux, got ${process.platform}: one worker runs in the foreground, as with node ${app}`,
  );
  signals.uninstall();
  process.argv.splice(1, process.argv.length, file);
  // What it throws is an uncaught error of the application, not one of a command of forker.
  setImmediate(() => nodeModule.runMain(file));
}
