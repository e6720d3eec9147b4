import { writeSync } from "node:fs";
import { exitCodeOfSignal, exitCodes } from "../exit/exit-codes.ts";
import { addonProblem, native } from "../native/binding.ts";
import { isNativeError, type NativeExit } from "../native/process.ts";
import { signalName } from "../signals/signal-names.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { printableLines } from "../text/printable.ts";
import { execHelp, execLicense, execVersion } from "./exec-help.ts";
import { type ExecOptions, parseExec } from "./exec-options.ts";

/** tini's code for a mistake in its own command line, and for a failed system call. */
const failureCode = 1;
/** The longest delay after a lost SIGCHLD. */
const heartbeatMs = 1_000;

/** `forker -- command`: an init for one command. Resolves with the exit code for the command's end. */
export async function runExec(argv: readonly string[], signals: SignalQueue): Promise<number> {
  // Before any output. Without the addon no command is started, and a stop signal stops this process like any other.
  if (addonProblem() === undefined) native().ignoreTerminalStops();
  else signals.uninstall();
  const request = parseExec(argv, process.env);
  switch (request.kind) {
    case "run":
      return await run(request.command, request.options, signals);
    case "help":
      return say(1, execHelp, exitCodes.done.code);
    case "license":
      return say(1, execLicense, exitCodes.done.code);
    case "version":
      return say(1, execVersion, exitCodes.done.code);
    case "noCommand":
      return say(2, execHelp, failureCode);
    case "mistake":
      return say(2, `forker: ${request.message}\n\n${execHelp}`, failureCode);
  }
}

async function run(command: readonly string[], options: ExecOptions, signals: SignalQueue): Promise<number> {
  const log = (level: number, label: string, message: string) => {
    if (options.verbosity >= level) say(2, `[${label} forker (${process.pid})] ${message}`, 0);
  };
  const fatal = (message: string) => log(Number.NEGATIVE_INFINITY, "FATAL", message);
  let pid: number;
  try {
    receiveOrphans(options);
    pid = native().startCommand(command, options.toGroup);
  } catch (cause) {
    fatal(`${command[0]}: ${(cause as Error).message}`);
    return remap(startFailure(cause), options);
  }
  log(2, "INFO ", `started ${command[0]} as pid ${pid}`);
  const ended = await supervise(pid, options, signals, (orphan) =>
    log(options.warnsOfReaped ? 1 : 3, "WARN ", `reaped zombie process with pid ${orphan}`),
  );
  if ("signal" in ended) log(2, "INFO ", `the command died of ${signalName(ended.signal)}`);
  else log(2, "INFO ", `the command exited with ${ended.exitCode}`);
  return remap("signal" in ended ? exitCodeOfSignal(ended.signal) : ended.exitCode, options);
}

/** A refusal by the kernel is an error only if -s was given. PID 1 receives the orphans anyway. */
function receiveOrphans({ subreaper, parentDeathSignal }: ExecOptions): void {
  if (parentDeathSignal !== undefined) native().setParentDeathSignal(parentDeathSignal);
  try {
    if (subreaper || process.pid !== 1) native().becomeSubreaper();
  } catch (cause) {
    if (subreaper) throw cause;
  }
}

/**
 * libuv starts no process here, so this function can wait for every child, without finding them in /proc. It resolves once all
 * ended children are reaped.
 */
async function supervise(
  pid: number,
  options: ExecOptions,
  signals: SignalQueue,
  reaped: (orphan: number) => void,
): Promise<NativeExit> {
  const { promise, resolve } = Promise.withResolvers<NativeExit>();
  const look = () => {
    forwardEarly(pid, options, signals);
    for (let one = native().reapAny(); one !== undefined; one = native().reapAny()) {
      if (one.pid === pid) resolve(one);
      else reaped(one.pid);
    }
  };
  const heartbeat = setInterval(look, heartbeatMs);
  signals.onWake(look);
  look();
  const ended = await promise;
  clearInterval(heartbeat);
  return ended;
}

/** Forwards signals that arrived before the command started; after that the native handler forwards them directly. */
function forwardEarly(pid: number, { toGroup }: ExecOptions, signals: SignalQueue): void {
  for (const signal of signals.popAll()) {
    if (signal === "SIGTTIN" || signal === "SIGTTOU") continue;
    try {
      process.kill(toGroup ? -pid : pid, signal);
    } catch {
      // ESRCH: it has ended. EPERM: it is a setuid program.
    }
  }
}

function startFailure(cause: unknown): number {
  if (!isNativeError(cause) || cause.syscall !== "execvp") return failureCode;
  if (cause.errnoName === "ENOENT") return exitCodes.notFound.code;
  return cause.errnoName === "EACCES" ? exitCodes.notExecutable.code : failureCode;
}

function remap(code: number, { successCodes }: ExecOptions): number {
  return successCodes.has(code) ? exitCodes.done.code : code;
}

/** To standard output or error. If it is full or closed, the text is lost. */
function say(fd: 1 | 2, text: string, code: number): number {
  try {
    writeSync(fd, `${printableLines(text)}\n`);
  } catch {
    return code;
  }
  return code;
}
