import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { eventually, within } from "./deadline.ts";

const waitMs = 60_000;

/** A program in a pseudo terminal, which util-linux' script(1) makes. After it has ended, `stty` prints how it left the terminal. */
export class Terminal {
  readonly #script: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #output = "";

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const words = command.map((word) => `'${word}'`).join(" ");
    this.#script = spawn("script", ["-qfc", `${words}; echo "code $?"; stty -a`, "/dev/null"], {
      env: { ...process.env, TERM: "xterm", ...env },
    });
    this.#script.stdout.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#ended = new Promise((resolve) => this.#script.on("close", () => resolve()));
  }

  get output(): string {
    return this.#output;
  }

  /** The last picture, as lines without escape sequences. */
  get screen(): string[] {
    const picture = this.#output.split("\u001b[H").at(-1) ?? "";
    // oxlint-disable-next-line no-control-regex
    return picture.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, "").split(/\r*\n/);
  }

  async shows(pattern: RegExp): Promise<string> {
    const found = () => this.screen.find((line) => pattern.test(line));
    return await eventually(waitMs, `${pattern} on ${JSON.stringify(this.screen)}`, found).catch((cause: unknown) => {
      throw new Error(`${pattern} does not show on ${JSON.stringify(this.screen)}`, { cause });
    });
  }

  type(keys: string): void {
    this.#script.stdin.write(keys);
  }

  resize(columns: number, rows: number): void {
    execFileSync("stty", [
      "-F",
      readlinkSync(`/proc/${this.program}/fd/1`),
      "rows",
      String(rows),
      "cols",
      String(columns),
    ]);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.program, signal);
  }

  /** nsenter has stopped together with the program. */
  continue(): void {
    for (const pid of this.#processes()) process.kill(pid, "SIGCONT");
  }

  /** Everything that was written after the last picture. */
  async ended(): Promise<string> {
    await within(waitMs, () => `the end of ${JSON.stringify(this.screen)}`, this.#ended);
    return this.#output.slice(this.#output.lastIndexOf("\u001b[J"));
  }

  /** The process that started last below script's. */
  get program(): number {
    return this.#processes().at(-1) ?? 0;
  }

  #processes(): number[] {
    const pids: number[] = [];
    for (let [pid] = childrenOf(this.#script.pid ?? 0); pid !== undefined; [pid] = childrenOf(pid)) pids.push(pid);
    return pids;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}
