import { Draws } from "../../support/draws.ts";
import type { Pid1 } from "../../support/pid1.ts";
import { ZombieWatch } from "../../support/zombies.ts";
import { Deaths } from "./deaths.ts";
import type { PartReport } from "./part.ts";
import { trendsOf, type Vitals, vitalsOf } from "./vitals.ts";
import { Weather } from "./weather.ts";

const samplesInAll = 400;
const errorLevel = 50;
/** Log lines that are expected if a worker is killed, or a worker or a runner is ended by its job. */
const lastWords = /^worker exits unexpectedly$|^init exits$|^the process of a job ended$/;
/** A job that ends every worker that takes it fails at the third death: it was handed back twice. */
const timesHandedBack = 2;
/** What init logs of workers that were ordered from a template that was killed. */
const notForked = ["failed to fork worker", "gave up waiting for worker"];
/** init waits two seconds for a worker whose template died; the rest allows for a slow machine. */
const notForkedMs = 30_000;
/** Each worker has a channel to init, and the number of workers varies. */
const channels = 12;

interface LogLine {
  readonly soak?: "announced";
  readonly pid?: number;
  readonly end?: string;
  readonly level?: number;
  readonly msg?: string;
  readonly slot?: number;
  readonly workerPid?: number;
  readonly templatePid?: number;
  readonly startMs?: number;
  readonly workers?: number;
  readonly forkMs?: number;
  readonly jobs?: readonly string[];
  readonly order?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly outOfMemory?: string;
  readonly threadRefusal?: string;
}

/** Reads the log of the forker under test, sends the planned signals, and checks that all is well. */
export class EntrypointWatch {
  started = 0;
  lastStartMs = performance.now();
  /** If true, the watch kills no more processes. */
  calm = false;
  readonly violations: string[] = [];
  readonly #pid1: Pid1;
  readonly #forks: number;
  readonly #deaths: Deaths;
  readonly #weather: Weather;
  readonly #zombies: ZombieWatch;
  readonly #init: Vitals[] = [];
  readonly #templates = new Map<number, Vitals[]>();
  readonly #startMs: number[] = [];
  readonly #forkMs: number[] = [];
  readonly #asked = new Map<string, number>();
  readonly #handedBack = new Map<string, number>();
  #givenUp = 0;
  #read = 0;
  #sampledAt = 0;
  #templateKills = 0;
  /** When a template was last killed: the workers that were ordered from it are not forked, which init logs later. */
  #templateKilledAtMs = Number.NEGATIVE_INFINITY;

  constructor(pid1: Pid1, forks: number, seed: number) {
    this.#pid1 = pid1;
    this.#forks = forks;
    this.#deaths = new Deaths(new Draws(seed, 2));
    this.#weather = new Weather(new Draws(seed, 3));
    this.#zombies = new ZombieWatch(pid1);
  }

  look(): void {
    const { lines } = this.#pid1;
    while (this.#read < lines.length) this.#take(parse(lines[this.#read++] ?? ""));
    if (this.#pid1.hasEnded) return;
    this.#sample();
    if (this.calm) return;
    void this.#weather.at(this.started, this.started / this.#forks, {
      signal: (signal) => this.#pid1.hasEnded || this.#pid1.signal(signal),
      asked: async (order) => {
        const from = this.#asked.get(order) ?? 0;
        while ((this.#asked.get(order) ?? 0) === from && !this.calm)
          await new Promise((resolve) => setTimeout(resolve, 5));
      },
      killTemplate: () => this.#killTemplate(),
    });
  }

  report(seconds: number, jobs: number): PartReport {
    const [longestLived = []] = [...this.#templates.values()].toSorted((a, b) => b.length - a.length);
    return {
      title: "entrypoint",
      forks: this.started,
      seconds,
      ends: this.#deaths.ends,
      trends: [...trendsOf("init", this.#init, channels), ...trendsOf("longest-lived template", longestLived)],
      latencies: [
        { what: "template: fork order to pids", ms: this.#forkMs },
        { what: "init: order to worker started", ms: this.#startMs },
      ],
      facts: [
        ["jobs, all with an end of their own", String(jobs)],
        ["jobs that failed with their third dead worker", String(this.#givenUp)],
        ["templates", String(this.#templates.size)],
        ...[...this.#weather.counts].map(([gust, count]) => [`signals: ${gust}`, String(count)] as const),
        ["zombies at one moment, at most", String(this.#zombies.most)],
      ],
      violations: this.violations,
    };
  }

  #take(line: LogLine): void {
    const { msg = "", slot = 0, workerPid = 0 } = line;
    if (line.soak === "announced") return this.#deaths.allow(line.pid ?? 0, line.end ?? "");
    if (msg === "handed back jobs of a dead worker")
      for (const job of line.jobs ?? []) this.#handedBack.set(job, (this.#handedBack.get(job) ?? 0) + 1);
    if (msg === "failed jobs of a dead worker") return this.#jobsFailed(line.jobs ?? []);
    if (msg === "received order" && line.order !== undefined)
      this.#asked.set(line.order, (this.#asked.get(line.order) ?? 0) + 1);
    if (msg === "worker started") return this.#workerStarted(workerPid, slot, line.startMs ?? Number.NaN);
    if (notForked.includes(msg) && performance.now() < this.#templateKilledAtMs + notForkedMs) return;
    if (msg === "forked workers") {
      for (let one = 0; one < (line.workers ?? 0); one++) this.#forkMs.push(line.forkMs ?? Number.NaN);
      return;
    }
    const end = msg === "worker exited" ? endOf(line) : undefined;
    if (end !== undefined) {
      const wrong = this.#deaths.ended(workerPid, slot, end);
      if (wrong !== undefined) this.#violate(wrong);
    } else if (msg === "template exited" && line.signal === "SIGKILL" && this.#templateKills > 0)
      this.#templateKills -= 1;
    else if (/^sent SIGKILL to (worker|template)$/.test(msg)) this.#violate(`${msg} (pid ${workerPid})`);
    else if ((line.level ?? 0) >= errorLevel && !lastWords.test(msg)) this.#violate(JSON.stringify(line));
  }

  #jobsFailed(jobs: readonly string[]): void {
    this.#givenUp += jobs.length;
    for (const job of jobs)
      if ((this.#handedBack.get(job) ?? 0) < timesHandedBack) this.#violate(`${job} failed before its third worker`);
  }

  #workerStarted(pid: number, slot: number, startMs: number): void {
    this.started += 1;
    this.lastStartMs = performance.now();
    this.#startMs.push(startMs);
    const { blow, afterMs } = this.#deaths.plan(slot);
    setTimeout(() => {
      const outerPid = this.calm ? undefined : this.#pid1.processes().find((one) => one.pid === pid)?.outerPid;
      if (outerPid === undefined || this.#pid1.hasEnded) return;
      this.#deaths.allow(pid, blow);
      strike(outerPid, blow);
    }, afterMs);
  }

  #killTemplate(): void {
    const template = this.#templateProcess();
    if (template === undefined) return;
    this.#templateKills += 1;
    this.#templateKilledAtMs = performance.now();
    strike(template.outerPid, "SIGKILL");
  }

  #templateProcess() {
    return this.#pid1.processes().find(({ commandLine }) => /^forker template gen \d+ ready/.test(commandLine));
  }

  #sample(): void {
    if (this.started - this.#sampledAt < this.#forks / samplesInAll) return;
    this.#sampledAt = this.started;
    const init = vitalsOf(this.#pid1.outerPid ?? 0);
    if (init !== undefined) this.#init.push(init);
    const template = this.#templateProcess();
    const vitals = template && vitalsOf(template.outerPid);
    if (template !== undefined && vitals !== undefined) {
      const samples = this.#templates.get(template.pid) ?? [];
      this.#templates.set(template.pid, [...samples, vitals]);
    }
    for (const { pid } of this.#zombies.look()) this.#violate(`process ${pid} was not reaped`);
  }

  #violate(what: string): void {
    this.violations.push(`after ${this.started} forks: ${what}`);
  }
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text };
  }
}

/** undefined: a limit of the system ended it, which is a violation. */
function endOf({ exitCode, signal, outOfMemory, threadRefusal }: LogLine): string | undefined {
  if (outOfMemory !== undefined || threadRefusal !== undefined) return undefined;
  return signal ?? (exitCode === undefined ? "unknown" : `exit ${exitCode}`);
}

/** The process may have ended by itself between the look and the signal. */
function strike(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
