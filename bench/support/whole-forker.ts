import { once } from "node:events";
import path from "node:path";
import { ask } from "../../src/admin/client.ts";
import type { Status } from "../../src/protocol/status.ts";
import { eventually } from "../../test/support/deadline.ts";
import { type Side, sideOf } from "./backlog.ts";
import { spawnTied } from "./spawn-tied.ts";

/** BENCH_ENTRYPOINT: of another build, to compare with. */
const entrypoint = process.env["BENCH_ENTRYPOINT"] ?? path.join(import.meta.dirname, "../../dist/entrypoint.mjs");
const definition = path.join(import.meta.dirname, "../throughput-app.mjs");
const adopted = path.join(import.meta.dirname, "../throughput-plain.ts");
const startTimeoutMs = 60_000;

/** The entrypoint as users run it, with one forked worker and a keeper. Works on the last of the queues. */
export async function wholeForker(
  queues: readonly string[],
  concurrency: number,
  port: number,
  environment: Readonly<Record<string, string>> = {},
  app = definition,
): Promise<Side> {
  return await forkerOf(app, { WORKLOAD: `${queues.join(",")} @${concurrency}`, ...environment }, queues, port);
}

/** The same with the plain side's program, whose Workers forker adopts. */
export async function adoptingForker(queues: readonly string[], concurrency: number, port: number): Promise<Side> {
  return await forkerOf(adopted, { BENCH_WORKERS: JSON.stringify({ port, queues, concurrency }) }, queues, port);
}

/** An entrypoint whose workers and keeper are ready. */
export interface ReadyForker extends AsyncDisposable {
  readonly pid: number;
  readonly workerPids: readonly number[];
  /** From its start until then. */
  readonly startMs: number;
}

/** The entrypoint with the processors of the definition, and this workload. */
export async function definitionForker(workload: string, port: number): Promise<ReadyForker> {
  return await startForker(definition, { WORKLOAD: workload }, port);
}

async function forkerOf(
  app: string,
  environment: Readonly<Record<string, string>>,
  queues: readonly string[],
  port: number,
): Promise<Side> {
  const forker = await startForker(app, environment, port);
  const [pid = 0] = forker.workerPids;
  return sideOf(pid, queues.at(-1) ?? "", port, async () => await forker[Symbol.asyncDispose](), forker.pid);
}

export async function startForker(
  app: string,
  environment: Readonly<Record<string, string>>,
  port: number,
): Promise<ReadyForker> {
  const startedMs = performance.now();
  // Another build of forker, to compare the two in one run.
  const child = spawnTied(process.execPath, [environment["BENCH_ENTRYPOINT"] ?? entrypoint, app], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      REDIS_URL: `redis://127.0.0.1:${port}`,
      ...environment,
      FORKER_ENGINE: "fork",
      ...(process.getuid?.() === 0 && { FORKER_USER: "root" }),
    },
  });
  const workerPids = await eventually(startTimeoutMs, "the workers and the keeper ready", async () => {
    if (child.exitCode !== null) throw new Error(`the entrypoint ended with ${child.exitCode}`);
    const status = (await ask({ name: "status" }, child.pid).catch(() => undefined)) as Status | undefined;
    if (status?.ready !== true || status.keeper?.state !== "ready") return undefined;
    const pids = status.slots.flatMap(({ workers }) => workers.map(({ pid }) => pid));
    return pids.length === status.slots.length && pids.length > 0 && pids;
  });
  return {
    pid: child.pid ?? 0,
    workerPids,
    startMs: performance.now() - startedMs,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
