import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { type SideOptions, sideTimeoutMs, within } from "./side.ts";
import { spawnTied } from "./spawn-tied.ts";

const askEveryMs = 10;

/** Programs that create plain BullMQ Workers, as an orchestrator starts them: one process for each worker. */
export class ProgramsSide {
  readonly #options: SideOptions;
  readonly #redis: Redis;
  readonly #children: ChildProcess[] = [];

  constructor(options: SideOptions) {
    this.#options = options;
    this.#redis = new Redis(options.environment["REDIS_URL"] ?? "", { replyMapping: "legacy" });
  }

  get workerPids(): number[] {
    return this.#children.map((child) => child.pid ?? 0);
  }

  async start(count: number): Promise<void> {
    for (let number = 0; number < count; number++) this.#spawn();
    await this.#allReady();
  }

  /** Resolves when another process has taken the place of one that was killed. */
  async replaceOne(): Promise<void> {
    const victim = this.#children.shift();
    const exited = victim === undefined ? undefined : once(victim, "exit");
    victim?.kill("SIGKILL");
    await exited;
    // Until Redis has read the ends of its connections, they count as waiting.
    while ((await this.#waiting()) > this.#children.length * this.#options.queues.length) await pause(askEveryMs);
    this.#spawn();
    await this.#allReady();
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await within("a program's end", 20_000, once(child, "exit")).catch(() => child.kill("SIGKILL"));
    }
    this.#redis.disconnect();
  }

  #spawn(): void {
    const { pin, environment } = this.#options;
    const [command, ...words] = [...pin, process.execPath, environment["BENCH_APP"] ?? ""];
    const env = { ...process.env, ...environment };
    this.#children.push(spawnTied(command, words, { stdio: ["ignore", "ignore", "inherit"], env }));
  }

  /** Every Worker of every living program waits for a job, in a blocking command. */
  async #allReady(): Promise<void> {
    const wanted = this.#children.length * this.#options.queues.length;
    const end = performance.now() + sideTimeoutMs;
    while ((await this.#waiting()) < wanted) {
      const dead = this.#children.find((child) => child.exitCode !== null);
      if (dead !== undefined) throw new Error(`a program ended with ${dead.exitCode}`);
      if (performance.now() > end) throw new Error("programs ready: timed out");
      await pause(askEveryMs);
    }
  }

  async #waiting(): Promise<number> {
    const clients = (await this.#redis.client("LIST")) as string;
    return clients.split("\n").filter((line) => /\bflags=\S*b/.test(line) && / cmd=bzpopmin\b/.test(line)).length;
  }
}
