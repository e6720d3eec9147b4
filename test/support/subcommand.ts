import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { within } from "./deadline.ts";

export interface SubcommandEnd {
  /** 128 + n if signal n killed it, as a container engine reports it. */
  readonly code: number;
  readonly out: string;
  readonly problem: string;
}

/** A subcommand of forker that nsenter started inside, and that may not have ended yet. */
export class Subcommand {
  readonly #nsenter: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<SubcommandEnd>;
  #isRunning = true;
  #out = "";
  #problem = "";

  constructor(nsenter: ChildProcessWithoutNullStreams) {
    this.#nsenter = nsenter;
    nsenter.stdout.setEncoding("utf8").on("data", (text: string) => (this.#out += text));
    nsenter.stderr.setEncoding("utf8").on("data", (text: string) => (this.#problem += text));
    this.#ended = new Promise((resolve, reject) => {
      nsenter.on("error", reject);
      nsenter.on("close", (code, signal) => {
        this.#isRunning = false;
        const number = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
        resolve({ code: number, out: this.#out, problem: this.#problem });
      });
    });
    this.#ended.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  async ended(timeoutMs = 30_000): Promise<SubcommandEnd> {
    const what = () => `the subcommand ends: ${this.#out}${this.#problem}`;
    return await within(timeoutMs, what, this.#ended);
  }

  /** The pid of the subcommand itself, not of nsenter, which waits for it. */
  kill(): void {
    const { pid } = this.#nsenter;
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean))
      process.kill(Number(child), "SIGKILL");
  }
}
