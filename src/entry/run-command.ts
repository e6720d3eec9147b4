import { ask } from "../admin/client.ts";
import { type Command, helpText } from "../config/command.ts";
import { parseCommandLine } from "../config/command-line.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { shortageOf } from "../exit/shortage.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { shedNodeOptions } from "./own-environment.ts";
import { packageVersion } from "./package-version.ts";
import { say } from "./say.ts";
import { requireLinux, requirePermissions, requireProc, requireSupportedNode } from "./supported-node.ts";

const worksAnywhere: readonly Command["kind"][] = ["help", "version", "initProject", "explain", "fleet"];
const needsNoProc: readonly Command["kind"][] = ["exec", "help", "version", "initProject", "fleet"];

/**
 * Runs what a user or a container runtime started: init or a subcommand. Never rejects. Resolves with the exit code; undefined:
 * this process runs the application as its program.
 */
export async function enterCommand(
  argv: readonly string[],
  signals: SignalQueue,
  entryFile: string,
): Promise<number | undefined> {
  try {
    requireSupportedNode();
    requirePermissions();
    const command = parseCommandLine(argv);
    if (command.kind === "run" && process.platform !== "linux") {
      const { runAsMain } = await import("./run-as-main.ts");
      return runAsMain(command.app, signals);
    }
    if (!worksAnywhere.includes(command.kind)) requireLinux(argv[0] ?? "");
    if (process.platform === "linux" && !needsNoProc.includes(command.kind)) requireProc();
    // check and explain load the application in this process.
    if (command.kind !== "check" && command.kind !== "explain") shedNodeOptions(say.problem);
    // A subcommand ends at Ctrl-C.
    if (command.kind !== "run" && command.kind !== "exec") signals.uninstall();
    return await obey(command, signals, entryFile);
  } catch (cause) {
    // If TTOU had a handler, a write to the terminal from the background would be restarted forever.
    signals.uninstall();
    const refusal = cause instanceof ForkerError ? cause : shortageOf(cause);
    say.problem(refusal?.message ?? (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)));
    return refusal?.exitCode ?? exitCodes.internal.code;
  }
}

async function obey(command: Command, signals: SignalQueue, entryFile: string): Promise<number> {
  switch (command.kind) {
    case "run": {
      const { startEarly } = await import("./start-early.ts");
      const early = startEarly(command.app, entryFile);
      try {
        const { enterInit } = await import("./init.ts");
        return await enterInit(command.app, signals, entryFile, early);
      } finally {
        early.process?.end();
      }
    }
    case "exec": {
      const { runExec } = await import("../exec/run-exec.ts");
      return await runExec(command.argv, signals);
    }
    case "check": {
      const { check } = await import("./check-command.ts");
      return await check(command.app);
    }
    case "initProject": {
      const { initProject } = await import("./init-project-command.ts");
      return initProject(command);
    }
    case "explain": {
      const { explain } = await import("./explain-command.ts");
      return await explain(command.app);
    }
    case "status": {
      const { status } = await import("./status-command.ts");
      return await status(command);
    }
    case "tree": {
      const { tree } = await import("./tree-command.ts");
      return await tree(command);
    }
    case "drain": {
      const { drain } = await import("./drain-command.ts");
      return await drain(command);
    }
    case "signal": {
      const slot = command.slot === undefined ? {} : { slot: command.slot };
      const answer = await ask({ name: "signal", signal: command.signal, ...slot }, command.pid);
      const { error } = answer as { error?: string };
      if (error !== undefined) throw new ForkerError("usage", "ERR_FORKER_SIGNAL", `signal: ${error}`);
      return exitCodes.done.code;
    }
    case "stopJob": {
      const { stopJob } = await import("./stop-job-command.ts");
      return await stopJob(command);
    }
    case "fleet": {
      const { fleet } = await import("./fleet-command.ts");
      return await fleet(command);
    }
    case "help":
      say.line(helpText.trimEnd());
      return exitCodes.done.code;
    case "version":
      say.line(`forker ${packageVersion()}`);
      return exitCodes.done.code;
  }
}
