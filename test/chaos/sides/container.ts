import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { type InnerProcess, type Pid1, type Pid1Options, startPid1 } from "../../support/pid1.ts";
import type { Role } from "../monkey/acts.ts";

/** The roles by process title in /proc. */
const titles: readonly (readonly [Role, RegExp])[] = [
  ["worker", /^(?:forker worker \d+|plain worker \d+$)/],
  ["runner", /^forker runner \d+ gen \d+ processing/],
  ["keeper", /^forker keeper/],
  ["template", /^forker template gen \d+ ready/],
  ["supervisor", /^plain supervisor/],
];

export interface Target extends InnerProcess {
  readonly role: Role;
}

const restartDelayMs = 300;

/** Runs one PID 1 after another, as an engine with a restart policy does. */
export class Container implements AsyncDisposable {
  life = 0;
  readonly #options: (life: number) => Pid1Options;
  readonly #logFile: string;
  #pid1: Pid1 | undefined;
  #isOver = false;
  #running: Promise<void> | undefined;
  /** The exit codes of the containers that ended. */
  readonly ends: number[] = [];

  constructor(options: (life: number) => Pid1Options, logFile: string) {
    this.#options = options;
    this.#logFile = logFile;
  }

  start(): void {
    this.#running = this.#keepRunning();
  }

  get pid1(): Pid1 | undefined {
    return this.#pid1;
  }

  processes(): InnerProcess[] {
    return this.#pid1?.processes() ?? [];
  }

  targets(role: Role): Target[] {
    const all = this.processes();
    const init = all.find(({ pid }) => pid === 1)?.outerPid;
    // A process that was just forked still has the template's title.
    const isOwn = ({ parentOuterPid }: InnerProcess) => role !== "template" || parentOuterPid === init;
    return all
      .filter((one) => one.state !== "Z" && roleOf(one) === role && isOwn(one))
      .map((one) => ({ ...one, role }));
  }

  /** Ends the last container; no other follows. */
  async end(signal: NodeJS.Signals, timeoutMs: number): Promise<number> {
    this.#isOver = true;
    this.#pid1?.signal(signal);
    const code = (await this.#pid1?.exitCode(timeoutMs)) ?? -1;
    await this.#running;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#pid1?.[Symbol.asyncDispose]();
    await this.#running;
  }

  async #keepRunning(): Promise<void> {
    while (!this.#isOver) {
      this.life += 1;
      const pid1 = await startPid1(this.#options(this.life));
      this.#pid1 = pid1;
      while (!pid1.hasEnded) await setTimeout(20);
      this.ends.push(await pid1.exitCode());
      appendFileSync(this.#logFile, `${pid1.transcript}\n`);
      if (!this.#isOver) await setTimeout(restartDelayMs);
    }
  }
}

export function roleOf({ pid, commandLine }: InnerProcess): Role | undefined {
  if (pid === 1) return "init";
  return titles.find(([, pattern]) => pattern.test(commandLine))?.[0];
}
