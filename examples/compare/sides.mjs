// One application, started as `node FILE` or as `forker FILE`. Nothing else differs.
import { spawn } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

const entrypoint = path.join(import.meta.dirname, "../../dist/entrypoint.mjs");
const endTimeoutMs = 30_000;
/** `[orders] completed o1 {"total":3}`, also behind what a logger puts in front. */
const said = /\[([a-z][a-z, ]*)\] (.+)$/;

export const sideNames = ["node", "forker"];

export class Side {
  /** What the application said, in order: { who, what }. */
  sayings = [];
  lines = [];
  #child;
  #ended;

  constructor(name, { cwd, file, env, node = process.execPath }) {
    const command = name === "forker" ? [entrypoint, file] : [file];
    this.name = name;
    this.#child = spawn(node, command, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NODE_OPTIONS: undefined,
        NO_COLOR: "1",
        FORKER_LOG_FORMAT: "json",
        FORKER_ENGINE: "fork",
        ...(process.getuid?.() === 0 && { FORKER_USER: "root" }),
        ...env,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: stream }).on("line", (line) => this.#hear(line));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code, signal) => resolve(code ?? signal));
    });
    this.#ended.catch(() => undefined);
  }

  get pid() {
    return this.#child.pid;
  }

  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Sends TERM, as `docker stop` does. Resolves with the exit code, or the signal that ended it. */
  async stop() {
    if (!this.hasEnded) this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), endTimeoutMs);
    const code = await this.#ended;
    clearTimeout(killer);
    return code;
  }

  #hear(line) {
    this.lines.push(line);
    const [, who, what] = said.exec(line) ?? [];
    if (who !== undefined) this.sayings.push({ who, what });
  }
}
