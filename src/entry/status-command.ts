import { setTimeout } from "node:timers/promises";
import { isatty } from "node:tty";
import { ask } from "../admin/client.ts";
import { statusText } from "../admin/terminal/status-lines.ts";
import { mayColour } from "../admin/terminal/styled.ts";
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
  if (command.check) return check((await ask({ name: "status", brief: true }, command.pid)) as StatusAnswer, command);
  print(await askStatus(command.pid), command);
  return exitCodes.done.code;
}

/** Rejects if init answers, but may not show anything. */
export async function askStatus(pid: number | undefined): Promise<Status> {
  const answer = (await ask({ name: "status" }, pid)) as StatusAnswer;
  if (answer.error !== undefined) throw new ForkerError("noInit", "ERR_FORKER_STATUS", `status: ${answer.error}`);
  return answer;
}

/** For HEALTHCHECK, which records the line. It also works without the addon. */
function check(answer: StatusAnswer, { json }: StatusCommand): number {
  const { ready } = answer.health;
  if (json) say.line(JSON.stringify(answer));
  else if (answer.ready) say.line(ready.ok ? "ready" : `as requested: ${printable(ready.reason ?? "", 500)}`);
  else say.line(`not ready: ${printable(ready.reason ?? answer.phase, 500)}`);
  return answer.ready ? exitCodes.done.code : exitCodes.notReady.code;
}

/** Shows the status every second until forker has ended, a person quits, or a signal ends this process. */
async function watch(command: StatusCommand): Promise<number> {
  const first = await askStatus(command.pid);
  if (!command.json && isatty(1)) {
    const { isLeaving, watchScreen } = await import("./watch/watch-screen.ts");
    const end = isLeaving(first) ? "leaving" : await watchScreen(first);
    if (end === "ended") sayEnded(first, command);
    if (end !== "leaving") return exitCodes.done.code;
  }
  for (let latest: Status | undefined = first; latest !== undefined; latest = await next(first.pid)) {
    print(latest, command);
    await setTimeout(watchIntervalMs);
  }
  sayEnded(first, command);
  return exitCodes.done.code;
}

/** Not among the lines of JSON that a program reads. */
function sayEnded({ pid }: Status, { json }: StatusCommand): void {
  const text = `forker ${pid} has ended`;
  if (json) say.problem(text);
  else say.line(text);
}

/** undefined: forker has ended. */
async function next(pid: number): Promise<Status | undefined> {
  return await askStatus(pid).catch((cause: unknown) => {
    if (cause instanceof ForkerError && cause.exit === "noInit") return undefined;
    throw cause;
  });
}

function print(answer: Status, { json }: StatusCommand): void {
  if (json) say.line(JSON.stringify(answer));
  else say.styled(statusText(answer, mayColour(process.env, isatty(1))));
}
