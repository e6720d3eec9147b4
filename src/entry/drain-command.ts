import { awaitDrain } from "../admin/await-drain.ts";
import { ask } from "../admin/client.ts";
import { drainText } from "../admin/drain-text.ts";
import type { Command } from "../config/command.ts";
import { formatDuration } from "../config/duration.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { say } from "./say.ts";

/**
 * `forker drain`: drains as QUIT does. With --wait, resolves when the drain has ended, with init's exit code; Ctrl-C ends only
 * the wait.
 */
export async function drain(command: Extract<Command, { kind: "drain" }>): Promise<number> {
  const { wait, timeoutMs, pid } = command;
  if (!wait) return await order(pid);
  const { kind, last } = await awaitDrain(timeoutMs, pid);
  const known = last === undefined ? "no report yet" : drainText(last);
  switch (kind) {
    case "over": {
      const { code, meaning } = exitCodes[last.exit];
      if (code === 0) say.line(`drained: ${known}`);
      else say.problem(`drain: ${known}; forker exits with ${code}: ${meaning}`);
      return code;
    }
    case "late":
      say.problem(`drain: not finished within ${formatDuration(timeoutMs ?? 0)}, and continues: ${known}`);
      return exitCodes.notDrained.code;
    case "gone":
      throw lost(`forker ended before it reported the end of the drain; last report: ${known}`);
    case "silent":
      throw lost(`forker no longer reports; last report: ${known}`);
  }
}

async function order(pid: number | undefined): Promise<number> {
  const { error } = (await ask({ name: "drain", wait: false }, pid)) as { error?: string };
  if (error !== undefined) throw lost(error);
  return exitCodes.done.code;
}

function lost(why: string): ForkerError {
  return new ForkerError("noInit", "ERR_FORKER_DRAIN", `drain: ${why}`);
}
