import type { ChildProcess } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { ForkerError } from "../exit/forker-error.ts";
import type { LaunchConfig } from "./launch-config.ts";

/**
 * The variable that marks a process as a child of init. Its value is the descriptor from which the child reads its launch
 * config.
 */
export const launchVariable = "FORKER_LAUNCH";

/**
 * The descriptor in a child at which it finds one end of a socket pair, from which it reads its launch config. The environment
 * would show the token in /proc/PID/environ for as long as the process lives, and a pipe or a memfd can be opened again through
 * /proc/PID/fd; a socket cannot.
 */
export const launchFd = 3;

/**
 * In init: sends the launch config to a child that was spawned with `"pipe"` for this descriptor. A failure shows in how the
 * child ends.
 */
export function sendLaunchConfig(child: Pick<ChildProcess, "stdio">, launch: LaunchConfig): void {
  // Node sets no stdio on a process that it could not start because it ran out of descriptors.
  const pipe = (child as Partial<Pick<ChildProcess, "stdio">>).stdio?.[launchFd] as Writable | null | undefined;
  pipe?.on("error", () => undefined);
  pipe?.end(JSON.stringify(launch), () => pipe.destroy());
}

/**
 * In the child, before it runs application code: waits for init, reads the whole launch config, and removes every trace of it
 * that processes started by the application could find. Returns undefined if init died before it had sent everything. Throws a
 * ForkerError in a process that init did not start.
 */
export function receiveLaunchConfig(): LaunchConfig | undefined {
  delete process.env[launchVariable];
  const text = readAll();
  try {
    return JSON.parse(text) as LaunchConfig;
  } catch {
    return undefined;
  }
}

function readAll(): string {
  try {
    const text = readFileSync(launchFd, "utf8");
    closeSync(launchFd);
    return text;
  } catch (cause) {
    const message = `${launchVariable}: expected only forker to set it, for the processes that it starts: unset it`;
    throw new ForkerError("badConfig", "ERR_FORKER_LAUNCH", message, { cause });
  }
}
