import type net from "node:net";
import * as v from "valibot";
import { ForkerError } from "../exit/forker-error.ts";
import { type Ask, askMessage } from "../protocol/ask-message.ts";
import { dial } from "../protocol/channel.ts";
import { controlSocketName, runningForkers } from "./socket-name.ts";

/** init answers within milliseconds; a machine that swaps, in seconds. */
export const answerTimeoutMs = 10_000;

/** For questions that init itself limits: it answers in time, or its end closes the connection. */
export const noLimit = 0;

/** Asks the forker that runs in this PID namespace, and resolves with its answer. */
export async function ask(question: Ask, pid?: number, timeoutMs = answerTimeoutMs): Promise<unknown> {
  const text = await exchange(
    await dialForker(pid),
    JSON.stringify(v.parse(askMessage, { kind: "ask", what: question })),
    timeoutMs,
  );
  if (text.trim() === "") throw noAnswer(hungUp);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw noAnswer("it closed the connection in the middle of its answer", cause);
  }
}

/** init logs the reason. */
export const hungUp = "it closed the connection: only root and its own user may ask, and not too many at a time";

/** Connects to the forker with this pid, or to the only one that is running. */
export async function dialForker(pid?: number): Promise<net.Socket> {
  return await dial(controlSocketName(pid ?? theForker())).catch((cause: unknown) => {
    if (pid !== undefined && !runningForkers().includes(pid)) throw noForker(pid, cause);
    throw noAnswer("it does not accept connections", cause);
  });
}

function noForker(pid: number, cause: unknown): ForkerError {
  const pids = runningForkers();
  const others = pids.length === 0 ? "" : `: the forkers that are running have pid ${pids.join(", ")}`;
  const message = `no forker with pid ${pid} is running in this PID namespace${others}`;
  return new ForkerError("noInit", "ERR_FORKER_NO_INIT", message, { cause });
}

function theForker(): number {
  const pids = runningForkers();
  const [first] = pids;
  if (first === undefined) {
    throw new ForkerError("noInit", "ERR_FORKER_NO_INIT", "no forker is running in this PID namespace");
  }
  if (pids.length > 1 && first !== 1) {
    const message = `several forkers are running (pids ${pids.join(", ")}): choose one with --pid`;
    throw new ForkerError("noInit", "ERR_FORKER_NO_INIT", message);
  }
  return first;
}

async function exchange(socket: net.Socket, line: string, timeoutMs: number): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(timeoutMs, () => socket.destroy(noAnswer(`nothing within ${timeoutMs / 1000} s`)));
    socket.on("data", (part: string) => {
      text += part;
    });
    // ECONNRESET, EPIPE: it closed the connection before it had read the question.
    socket.on("error", (cause) => reject(cause instanceof ForkerError ? cause : noAnswer(hungUp, cause)));
    socket.on("close", () => resolve(text));
    socket.write(`${line}\n`);
  });
}

export function noAnswer(why: string, cause?: unknown): ForkerError {
  return new ForkerError("noInit", "ERR_FORKER_NO_ANSWER", `the forker gave no answer: ${why}`, { cause });
}
