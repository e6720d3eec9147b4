import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import readline from "node:readline";
import type { Readable } from "node:stream";

export interface Pid1Options {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A program that runs first, inside the namespace, and then calls exec: `["setpriv", "--reuid=1000", …]`. */
  readonly wrapper?: readonly string[];
}

/** A process inside, with the pid that its own PID namespace gives it. */
export interface InnerProcess {
  readonly pid: number;
  readonly outerPid: number;
  readonly parentOuterPid: number;
  readonly name: string;
  /** `R`, `S`, `Z`, … as in proc(5). */
  readonly state: string;
  readonly commandLine: string;
}

export type LogLine = Readonly<Record<string, unknown>>;

const defaultTimeoutMs = 60_000;

/**
 * Starts a command as PID 1 of a new PID namespace with its own /proc, which to PID 1 looks the same as a container. Needs
 * root. `await using`, dispose() and the end of this process kill everything inside.
 */
export async function startPid1(options: Pid1Options): Promise<Pid1> {
  const env = { ...process.env, ...options.env };
  // unshare dies with this process, and its child dies with unshare, so a killed test run leaves no process behind.
  const command = ["--pdeathsig", "KILL", "--", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"];
  command.push(...(options.wrapper ?? []), ...options.command);
  const child = spawn("setpriv", command, { env, cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
  const pid1 = new Pid1(child);
  await pid1.until("the inner process to exist", () => pid1.outerPid !== undefined || pid1.hasEnded);
  return pid1;
}

export class Pid1 implements AsyncDisposable {
  /** Every line that it wrote to standard output and standard error. */
  readonly lines: string[] = [];
  readonly errorLines: string[] = [];
  readonly #unshare: ChildProcess;
  readonly #ended: Promise<number>;
  readonly #watchers = new Set<() => void>();
  #exitCode: number | undefined;
  #outerPid: number | undefined;

  constructor(unshare: ChildProcess) {
    this.#unshare = unshare;
    const closed = [this.#collect(unshare.stdout, this.lines), this.#collect(unshare.stderr, this.errorLines)];
    const { promise, resolve } = Promise.withResolvers<number>();
    unshare.on("exit", (code, signal) => {
      void Promise.all(closed).then(() => resolve(this.#exitCodeOf(code, signal)));
    });
    unshare.on("error", (cause) => {
      this.errorLines.push(String(cause));
      resolve(127);
    });
    this.#ended = promise.then((code) => {
      this.#exitCode = code;
      this.#changed();
      return code;
    });
  }

  get hasEnded(): boolean {
    return this.#exitCode !== undefined || this.#unshare.exitCode !== null || this.#unshare.signalCode !== null;
  }

  /** The pid of the inner PID 1 in this process's namespace. */
  get outerPid(): number | undefined {
    const { pid } = this.#unshare;
    if (this.#outerPid === undefined && pid !== undefined) {
      // unshare has no other child. Until its exec, the child is unshare as well: the command gets the same pid.
      [this.#outerPid] = childrenOf(pid);
    }
    return this.#outerPid;
  }

  get stdin() {
    return this.#unshare.stdin as NonNullable<ChildProcess["stdin"]>;
  }

  /** The lines of standard output that are JSON objects, parsed. */
  get log(): LogLine[] {
    return this.lines.map(parseLine).filter((line) => line !== undefined);
  }

  /** Everything that it wrote, for the message of a failed test. */
  get transcript(): string {
    return [...this.lines.map((line) => `1> ${line}`), ...this.errorLines.map((line) => `2> ${line}`)].join("\n");
  }

  /** The first line of standard output or standard error that matches, including earlier lines. */
  async line(pattern: RegExp | string, timeoutMs = defaultTimeoutMs): Promise<string> {
    const matches = (line: string) => (typeof pattern === "string" ? line.includes(pattern) : pattern.test(line));
    return await this.until(
      `a line with ${pattern}`,
      () => this.lines.find(matches) ?? this.errorLines.find(matches),
      timeoutMs,
    );
  }

  /** The first log line, from the given index on, for which the predicate is true: `(await init.logged(isReady)).pid`. */
  async logged(predicate: (line: LogLine) => boolean, from = 0, timeoutMs = defaultTimeoutMs): Promise<LogLine> {
    return await this.until(
      `a log line with ${String(predicate)}`,
      () => this.log.slice(from).find(predicate),
      timeoutMs,
    );
  }

  /** The first answer that is not undefined or false. Asks at each new line, and ten times a second. */
  async until<Answer>(
    what: string,
    question: () => Answer | undefined | false,
    timeoutMs = defaultTimeoutMs,
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const ask = () => {
      try {
        const answer = question();
        if (answer !== undefined && answer !== false) resolve(answer);
        else if (this.#exitCode !== undefined)
          reject(new Error(this.#failure(what, `it ended with ${this.#exitCode}`)));
      } catch (cause) {
        reject(cause);
      }
    };
    const timer = setTimeout(
      () => reject(new Error(this.#failure(what, `timed out after ${timeoutMs} ms`))),
      timeoutMs,
    );
    const interval = setInterval(ask, 100);
    this.#watchers.add(ask);
    ask();
    try {
      return await promise;
    } finally {
      this.#watchers.delete(ask);
      clearInterval(interval);
      clearTimeout(timer);
    }
  }

  /** Sends a signal to the inner PID 1 from outside, as `docker kill -s` does. */
  signal(signal: NodeJS.Signals | number): void {
    const pid = this.outerPid;
    if (pid === undefined) throw new Error("it has ended, or never began");
    process.kill(pid, signal);
  }

  /** Sends a signal to a process inside, by its inner pid. */
  signalInner(pid: number, signal: NodeJS.Signals | number): void {
    const inner = this.processes().find((one) => one.pid === pid);
    if (inner === undefined) throw new Error(`no process ${pid} inside`);
    process.kill(inner.outerPid, signal);
  }

  /** Its exit code, or 128 + n if signal n killed it. */
  async exitCode(timeoutMs = defaultTimeoutMs): Promise<number> {
    return await this.until("its end", () => this.#exitCode, timeoutMs);
  }

  /** Every process in the namespace, including zombies. */
  processes(): InnerProcess[] {
    const pid = this.outerPid;
    if (pid === undefined || this.hasEnded) return [];
    return [pid, ...descendantsOf(pid)].map(describe).filter((one) => one !== undefined);
  }

  zombies(): InnerProcess[] {
    return this.processes().filter((one) => one.state === "Z");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pid = this.outerPid;
    if (!this.hasEnded && pid !== undefined) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // The process has just ended.
      }
    }
    if (!this.hasEnded && pid === undefined) this.#unshare.kill("SIGKILL");
    await this.#ended;
  }

  /** unshare exits with its child's status, or dies of the same signal, except for KILL, where it prints that it cannot. */
  #exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
    if (signal !== null) return 128 + constants.signals[signal];
    const wasKilled = /^unshare: (child kill|sigprocmask unblock) failed/.test(this.errorLines.at(-1) ?? "");
    return wasKilled ? 128 + constants.signals.SIGKILL : (code ?? 0);
  }

  #failure(what: string, why: string): string {
    const processes = this.processes().map((one) => `  ${one.pid} ${one.state} ${one.commandLine || one.name}`);
    return [`waited for ${what}: ${why}`, this.transcript, ...processes].join("\n");
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Resolves when the stream has ended. */
  async #collect(stream: Readable | null, into: string[]): Promise<void> {
    if (stream === null) return;
    const reader = readline.createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    reader.on("line", (line) => {
      into.push(line);
      this.#changed();
    });
    await new Promise<void>((resolve) => reader.once("close", resolve));
  }
}

function parseLine(line: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** undefined if the process has ended. */
function describe(outerPid: number): InnerProcess | undefined {
  try {
    const status = readFileSync(`/proc/${outerPid}/status`, "utf8");
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1] ?? "";
    const commandLine = readFileSync(`/proc/${outerPid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return {
      pid: Number(field("NSpid").split(/\s+/).at(-1)),
      outerPid,
      parentOuterPid: Number(field("PPid")),
      name: field("Name"),
      state: field("State").slice(0, 1),
      commandLine,
    };
  } catch {
    return undefined;
  }
}
