import { readFileSync } from "node:fs";
import { ask } from "../admin/client.ts";
import { statusText } from "../admin/status-text.ts";
import { type Command, helpText } from "../config/command.ts";
import { parseCommandLine } from "../config/command-line.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { Status } from "../protocol/status.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { say } from "./say.ts";
import { requireSupportedNode } from "./supported-node.ts";

/** What a person or a container runtime started: run, or a subcommand. Resolves with the exit code, and never throws. */
export async function enterCommand(argv: readonly string[], signals: SignalQueue, entryFile: string): Promise<number> {
  try {
    requireSupportedNode();
    return await obey(parseCommandLine(argv), signals, entryFile);
  } catch (cause) {
    const isMistake = cause instanceof ForkerError;
    say.problem(isMistake ? cause.message : cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    return isMistake ? cause.exitCode : exitCodes.internal.code;
  }
}

async function obey(command: Command, signals: SignalQueue, entryFile: string): Promise<number> {
  switch (command.kind) {
    case "run": {
      const { enterInit } = await import("./init.ts");
      return await enterInit(command.app, signals, entryFile);
    }
    case "exec": {
      const { runExec } = await import("../exec/run-exec.ts");
      return await runExec(command.argv, signals);
    }
    case "check": {
      const { check } = await import("./check.ts");
      return await check(command.app);
    }
    case "explain": {
      const { explain } = await import("./explain.ts");
      return await explain(command.app);
    }
    case "status":
      return await status(command);
    case "signal": {
      const slot = command.slot === undefined ? {} : { slot: command.slot };
      const answer = await ask({ name: "signal", signal: command.signal, ...slot }, command.pid);
      const { error } = answer as { error?: string };
      if (error !== undefined) throw new ForkerError("usage", "ERR_FORKER_SIGNAL", `signal: ${error}`);
      return exitCodes.done.code;
    }
    case "help":
      say.line(helpText.trimEnd());
      return exitCodes.done.code;
    case "version":
      say.line(version());
      return exitCodes.done.code;
  }
}

async function status(command: Extract<Command, { kind: "status" }>): Promise<number> {
  const answer = (await ask({ name: "status" }, command.pid)) as Status;
  if (command.json) say.line(JSON.stringify(answer));
  else if (!command.check) say.line(statusText(answer));
  else say.line(answer.ready ? "ready" : `not ready: ${answer.phase}`);
  return command.check && !answer.ready ? exitCodes.notReady.code : exitCodes.done.code;
}

/** Beside the bundle's folder lies the package's manifest, in the repository as in node_modules. */
function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return `forker ${manifest.version}`;
}
