import type { ChildProcess } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { ForkerError } from "../exit/forker-error.ts";
import type { LaunchConfig } from "./launch-config.ts";

/** The variable that makes a process a child of init. It names the descriptor that the launch config is read from. */
export const launchVariable = "FORKER_LAUNCH";

/**
 * In this place of its descriptors a child finds one end of a socket pair, from which it reads its launch config. The environment
 * would show the token in /proc/PID/environ for as long as the process lives, and a pipe or a memfd can be opened a second
 * time through /proc/PID/fd; a socket cannot.
 */
export const launchFd = 3;

/** In init: sends the launch config to a child whose descriptor is `"pipe"` in that place. How the child ends says whether it came through. */
export function sendLaunchConfig(child: Pick<ChildProcess, "stdio">, launch: LaunchConfig): void {
  // Node leaves stdio out of a process that it could not start for want of descriptors.
  const pipe = (child as Partial<Pick<ChildProcess, "stdio">>).stdio?.[launchFd] as Writable | null | undefined;
  pipe?.on("error", () => undefined);
  pipe?.end(JSON.stringify(launch), () => pipe.destroy());
}

/**
 * In the child, before any code of the application: reads the launch config to its end and leaves no trace of it to the processes
 * that the application starts. Waits for init. undefined: init died before it had sent all. Throws a ForkerError in a process
 * that init did not start.
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
    const message = `${launchVariable}: expected it to be set by forker alone, for the processes that it starts: unset it`;
    throw new ForkerError("badConfig", "ERR_FORKER_LAUNCH", message, { cause });
  }
}
