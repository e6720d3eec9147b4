import { ForkerError } from "../exit/forker-error.ts";
import { dial } from "../protocol/channel.ts";
import type { Ask } from "../protocol/messages.ts";
import { controlSocketName, runningForkers } from "./socket-name.ts";

const answerTimeoutMs = 10_000;

/** Asks the forker that runs in this PID namespace, and resolves with its answer. */
export async function ask(question: Ask, pid?: number): Promise<unknown> {
  const text = await exchange(controlSocketName(pid ?? theForker()), JSON.stringify({ kind: "ask", what: question }));
  if (text.trim() === "") throw noAnswer("it closed the connection: only root and its own user may ask");
  return JSON.parse(text) as unknown;
}

function theForker(): number {
  const pids = runningForkers();
  const [first] = pids;
  if (first === undefined) {
    throw new ForkerError("noInit", "ERR_FORKER_NO_INIT", "no forker is running in this PID namespace");
  }
  if (pids.length > 1 && first !== 1) {
    const message = `several forkers are running (pids ${pids.join(", ")}): name one with --pid`;
    throw new ForkerError("noInit", "ERR_FORKER_NO_INIT", message);
  }
  return first;
}

async function exchange(name: string, line: string): Promise<string> {
  const socket = await dial(name).catch((cause: unknown) => {
    throw noAnswer("it does not accept connections", cause);
  });
  return await new Promise<string>((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(answerTimeoutMs, () => socket.destroy(noAnswer(`nothing within ${answerTimeoutMs / 1000} s`)));
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    socket.write(`${line}\n`);
  });
}

function noAnswer(why: string, cause?: unknown): ForkerError {
  return new ForkerError("noInit", "ERR_FORKER_NO_ANSWER", `the forker gave no answer: ${why}`, { cause });
}
