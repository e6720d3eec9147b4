import path from "node:path";
import { Queue } from "bullmq";
import { entrypoint } from "../../support/forker.ts";
import { type LogLine, startPid1 } from "../../support/pid1.ts";

const waitMs = 60_000;
const jobsEach = 10;
/** One queue for each of two workers, so that both must work. */
const queues = ["first", "second"];

export interface Outcome {
  readonly engine: "fork" | "spawn" | "refused";
  /** The refusal, or the reason for not forking; then the warnings. Numbers and folders of this run are replaced. */
  readonly says: readonly string[];
}

export interface OutcomeWithLog extends Outcome {
  readonly log: readonly LogLine[];
}

export interface Trial {
  readonly file: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Boots the application under forker as PID 1. Unless it is refused, two workers run real jobs at the same time. */
export async function tryApp(trial: Trial): Promise<OutcomeWithLog> {
  await using pid1 = await startPid1({
    command: [process.execPath, entrypoint, trial.file],
    cwd: path.dirname(trial.file),
    env: {
      NODE_OPTIONS: undefined,
      REDIS_URL: trial.redisUrl,
      FORKER_PREFIX: trial.prefix,
      FORKER_USER: "root",
      FORKER_LOG_LEVEL: "debug",
      FORKER_BOOT_TIMEOUT: "30s",
      WORKLOAD: queues.join(";"),
      ...trial.env,
    },
  });
  const booted = await pid1.until("the boot", () => pid1.hasEnded || find(pid1.log, /^loaded application/), waitMs);
  if (booted === true) {
    await pid1.exitCode(waitMs);
    const refusal = find(pid1.log, /^(the application left|a request has been active|.* failed)/);
    if (refusal === undefined) throw new Error(`it ended without a reason\n${pid1.transcript}`);
    return { engine: "refused", says: [plain(refusal)], log: pid1.log };
  }
  try {
    await doJobs(trial);
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n${pid1.transcript}`, { cause });
  }
  pid1.signal("SIGQUIT");
  const code = await pid1.exitCode(waitMs);
  if (code !== 0) throw new Error(`QUIT ended with ${code}\n${pid1.transcript}`);
  const engine = booted["engine"] as "fork" | "spawn";
  const spawned = find(pid1.log, /^workers are spawned/);
  const warnings = pid1.log.filter((line) => line["finding"] !== undefined);
  return { engine, says: [...(spawned === undefined ? [] : [spawned]), ...warnings].map(plain), log: pid1.log };
}

async function doJobs({ redisUrl, prefix }: Trial): Promise<void> {
  const done = await Promise.allSettled(
    queues.map(async (name, index) => {
      const queue = new Queue(name, { connection: { url: redisUrl }, prefix });
      try {
        const jobs = await queue.addBulk(
          Array.from({ length: jobsEach }, (_, i) => ({ name: "echo", data: { n: index * jobsEach + i + 1 } })),
        );
        for (const job of jobs) await answered(queue, String(job.id), job.data.n as number);
      } finally {
        await queue.close();
      }
    }),
  );
  for (const one of done) if (one.status === "rejected") throw one.reason;
}

/** Checks that the package returned what this job had sent, not the answer to another worker. */
async function answered(queue: Queue, id: string, expected: number): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    const job = await queue.getJob(id);
    if (job?.failedReason) throw new Error(`job ${id} of ${queue.name} failed: ${job.failedReason}`);
    if (job?.finishedOn !== undefined && job.returnvalue !== undefined) {
      if (job.returnvalue !== expected)
        throw new Error(`job ${id} of ${queue.name} gave ${String(job.returnvalue)}, not ${expected}`);
      return;
    }
    if (performance.now() > end) throw new Error(`job ${id} of ${queue.name} was not done`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function find(log: readonly LogLine[], pattern: RegExp): LogLine | undefined {
  return log.find((line) => pattern.test(String(line["cause"] ?? line["msg"])) || pattern.test(String(line["msg"])));
}

/** The message with the fields that explain it. A fallback to spawned workers gives the same advice whatever its reason is, so it is left out. */
function plain({ msg, reason, what, advice }: LogLine): string {
  const parts = typeof reason === "string" ? [msg, reason] : [msg, what, advice];
  return parts.filter((part) => typeof part === "string").join(": ");
}
