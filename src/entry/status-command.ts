import { setTimeout } from "node:timers/promises";
import { isatty } from "node:tty";
import { ask } from "../admin/client.ts";
import { statusText } from "../admin/status-text.ts";
import type { Command } from "../config/command.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { Status } from "../protocol/status.ts";
import { printable } from "../text/printable.ts";
import { say } from "./say.ts";

type StatusCommand = Extract<Command, { kind: "status" }>;
type StatusAnswer = Status & { readonly error?: string };

const watchIntervalMs = 1_000;

export async function status(command: StatusCommand): Promise<number> {
  if (command.watch) return await watch(command);
  const answer = (await ask({ name: "status", brief: command.check }, command.pid)) as StatusAnswer;
  if (command.check) return check(answer, command);
  print(answer, command);
  return exitCodes.done.code;
}

/** For HEALTHCHECK, which records the line. It also works without the addon. */
function check(answer: StatusAnswer, { json }: StatusCommand): number {
  const { ready } = answer.health;
  if (json) say.line(JSON.stringify(answer));
  else if (answer.ready) say.line(ready.ok ? "ready" : `as requested: ${printable(ready.reason ?? "", 500)}`);
  else say.line(`not ready: ${printable(ready.reason ?? answer.phase, 500)}`);
  return answer.ready ? exitCodes.done.code : exitCodes.notReady.code;
}

/** Prints the status every second until forker has ended or a signal ends this process. */
async function watch(command: StatusCommand): Promise<number> {
  let seen: number | undefined;
  for (;;) {
    const answer = (await ask({ name: "status" }, seen ?? command.pid).catch((cause: unknown) => {
      if (seen !== undefined && cause instanceof ForkerError && cause.exit === "noInit") return undefined;
      throw cause;
    })) as StatusAnswer | undefined;
    if (answer === undefined) return exitCodes.done.code;
    seen = answer.pid;
    if (isatty(1) && !command.json) say.clearScreen();
    print(answer, command);
    await setTimeout(watchIntervalMs);
  }
}

function print(answer: StatusAnswer, { json }: StatusCommand): void {
  if (answer.error !== undefined) throw new ForkerError("noInit", "ERR_FORKER_STATUS", `status: ${answer.error}`);
  say.line(json ? JSON.stringify(answer) : statusText(answer));
}
