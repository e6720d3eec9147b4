import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { native } from "../../src/native/binding.ts";
import type { Assignment } from "./assignment.ts";
import type { Script } from "./table.ts";

const host = fileURLToPath(new URL("./host.mjs", import.meta.url));
const timeoutMs = 120_000;
const pollMs = 2;

/** What is visible of a process from outside. */
export interface Outcome {
  /** undefined if it did not end in time. */
  readonly end: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface End {
  readonly pid: number | undefined;
  /** undefined if it did not end in time. */
  readonly end: string | undefined;
}

/** The environment of both, without the variables that the test runner sets for its children. */
const env = { PATH: process.env["PATH"], HOME: os.tmpdir(), TZ: "UTC", LANG: "C.UTF-8" };

/** A folder in which a script runs, once plain and once forked, with the same paths. */
export class Stage {
  readonly #assignment: Assignment;
  readonly #script: Script;

  constructor(parent: string, script: Script) {
    const base = path.join(parent, script.name.replaceAll("/", "-"));
    const file = (name: string) => path.join(base, name);
    this.#assignment = {
      script: script.file,
      folder: file("folder"),
      stdin: file("stdin"),
      stdout: file("stdout"),
      stderr: file("stderr"),
    };
    this.#script = script;
  }

  async run(start: (assignment: Assignment) => Promise<End>): Promise<Outcome> {
    const { folder, stdin, stdout, stderr } = this.#assignment;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(stdin, "first line\nsecond line\n");
    for (const file of [stdout, stderr]) writeFileSync(file, "");
    const { pid, end } = await start(this.#assignment);
    // Node's warnings begin with the pid.
    const errors = readFileSync(stderr, "latin1").replaceAll(`(node:${pid})`, "(node:<pid>)");
    const pattern = this.#script.stderr;
    return {
      end,
      stdout: readFileSync(stdout, "latin1"),
      stderr: pattern === undefined ? errors : (errors.match(pattern) ?? []).join("\n"),
    };
  }
}

export async function runPlain(node: string, flags: readonly string[], assignment: Assignment): Promise<End> {
  const words = [...flags, host, "plain", JSON.stringify(assignment)];
  const child = spawn(node, words, { stdio: "ignore", env, timeout: timeoutMs, killSignal: "SIGKILL" });
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  if (child.killed) return { pid: child.pid, end: undefined };
  return { pid: child.pid, end: signal === null ? `exit code ${code}` : `signal ${os.constants.signals[signal]}` };
}

/** A template that runs, in forked children, every script of the table that needs the same flags. */
export class ForkHost {
  readonly #process;
  readonly #replies;
  /** One request at a time. */
  #forking: Promise<unknown> = Promise.resolve();

  constructor(node: string, flags: readonly string[]) {
    // Its standard error would only contain a warning that Node strips types.
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"] as const;
    this.#process = spawn(node, [...flags, host, "template"], { stdio: [...stdio], env });
    const replies = this.#process.stdio[4] as NodeJS.ReadableStream;
    this.#replies = readline.createInterface({ input: replies })[Symbol.asyncIterator]();
  }

  async run(assignment: Assignment): Promise<End> {
    const pid = await this.#fork(assignment);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const exit = native().reap(pid);
      // null: the process is not a child of this one before the intermediate that forked it has died.
      if (exit !== undefined && exit !== null && performance.now() > deadline) return { pid, end: undefined };
      if (exit !== undefined && exit !== null)
        return { pid, end: "signal" in exit ? `signal ${exit.signal}` : `exit code ${exit.exitCode}` };
      if (performance.now() > deadline) process.kill(pid, "SIGKILL");
      await setTimeout(pollMs);
    }
  }

  async #fork(assignment: Assignment): Promise<number> {
    const turn = this.#forking.then(async () => {
      (this.#process.stdio[3] as NodeJS.WritableStream).write(`${JSON.stringify(assignment)}\n`);
      const reply = await this.#replies.next();
      if (reply.done) throw new Error("the template has ended");
      return JSON.parse(reply.value) as { pid?: number; failure?: string };
    });
    this.#forking = turn.catch(() => undefined);
    const { pid, failure } = await turn;
    if (pid === undefined) throw new Error(failure);
    return pid;
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    (this.#process.stdio[3] as NodeJS.WritableStream).end();
    await ended;
  }
}
