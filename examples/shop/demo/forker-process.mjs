import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { within } from "./deadline.mjs";

const keptLines = 40;
const warning = 40;

/** The entrypoint as a user would start it, with its log lines and `forker status`. */
export class ForkerProcess {
  exited;
  #child;
  #entrypoint;
  #lastLines = [];

  /** `heard` gets each log line, parsed. */
  constructor(entrypoint, app, environment, heard) {
    this.#entrypoint = entrypoint;
    this.#child = spawn(process.execPath, [entrypoint, app], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    this.exited = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on("line", (text) => this.#take(text, heard));
    }
  }

  get pid() {
    return this.#child.pid;
  }

  get lastLines() {
    return this.#lastLines;
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** undefined while nothing answers. */
  async status() {
    const words = [this.#entrypoint, "status", "--json", "--pid", String(this.pid)];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 10_000 });
      return JSON.parse(stdout);
    } catch {
      return undefined;
    }
  }

  /** Ends the process in any case. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.signal("SIGTERM");
    await within("the end of the entrypoint", 6_000, this.exited).catch(() => this.signal("SIGKILL"));
  }

  #take(text, heard) {
    const line = parse(text);
    if (this.#lastLines.push(text) > keptLines) this.#lastLines.shift();
    heard({ ...line, isProblem: line.level >= warning });
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { level: warning, msg: text };
  }
}
