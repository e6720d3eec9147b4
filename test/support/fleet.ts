import { execFile } from "node:child_process";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { entrypoint, Forker, linkModules } from "./forker.ts";
import { Network, onHost, plugIn } from "./hosts.ts";
import { type Pid1, startPid1 } from "./pid1.ts";
import { startRedis } from "./redis.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface FleetEnd {
  readonly code: number;
  readonly out: string;
  readonly problem: string;
}

/** Runs `forker fleet`, on no host of the fleet. */
export async function fleetCommand(redisUrl: string, ...args: readonly string[]): Promise<FleetEnd> {
  const env = { ...process.env, REDIS_URL: redisUrl };
  return await new Promise((resolve) => {
    execFile(process.execPath, [entrypoint, "fleet", ...args], { env }, (error, out, problem) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, problem });
    });
  });
}

/** Forkers on hosts of their own, each with a network namespace, and one Redis that they all reach over the network. */
export class TestFleet implements AsyncDisposable {
  readonly forkers: readonly Forker[];
  readonly redisUrl: string;
  readonly #stack: AsyncDisposableStack;

  static async start(hosts: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TestFleet> {
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(path.join(tmpdir(), "forker-fleet-"));
    cpSync(path.join(root, "test/fixtures/forker"), folder, { recursive: true });
    linkModules(folder);
    const network = new Network();
    const pid1s: Pid1[] = [];
    const addresses: string[] = [];
    for (const host of hosts) {
      const command = [process.execPath, entrypoint, path.join(folder, "workers.mjs")];
      const pid1 = stack.use(
        await startPid1({
          command,
          wrapper: onHost(host),
          env: { FORKER_USER: "root", FORKER_LOG_LEVEL: "debug", WORKLOAD: "jobs x2", NODE_OPTIONS: undefined, ...env },
        }),
      );
      addresses.push(await network.connect(pid1));
      pid1s.push(pid1);
    }
    const redis = await startRedis({ arguments: ["--bind", "127.0.0.1", ...addresses, "--protected-mode", "no"] });
    stack.use(redis);
    const forkers = pid1s.map((pid1) => stack.use(new Forker(redis, folder, pid1)));
    for (const [at, pid1] of pid1s.entries()) plugIn(pid1, `redis://${addresses[at]}:${redis.port}`);
    return new TestFleet(forkers, redis.url, stack.move());
  }

  constructor(forkers: readonly Forker[], redisUrl: string, stack: AsyncDisposableStack) {
    this.forkers = forkers;
    this.redisUrl = redisUrl;
    this.#stack = stack;
  }

  async command(...args: readonly string[]): Promise<FleetEnd> {
    return await fleetCommand(this.redisUrl, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
