// The termination of a pod by the kubelet, in every order of its steps, and what happens to the running job.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job } from "bullmq";
import { Project, repository } from "./support/compose.ts";
import { Container, type LogFollower } from "./support/container.ts";
import { type Pod, type Terminated, terminate } from "./support/kubelet.ts";
import { Producer } from "./support/queues.ts";
import { hardened, removeContainer, runContainer } from "./support/run-container.ts";
import { Gates } from "./support/stack.ts";
import { until } from "./support/until.ts";
import { useEngine } from "./support/use-engine.ts";

const engine = useEngine();
const gates = new Gates();
const producer = new Producer();
const appFolder = `${repository}/test/container/app`;
const project = new Project(engine, "kubelet", ["test/container/app/compose.yml"], {
  FORKER_TEST_APP: appFolder,
  FORKER_TEST_GATES: gates.folder,
  FORKER_TEST_SOCKET: producer.folder,
});

engine.whenStarted(async () => {
  await project.compose(["up", "--detach", "redis"]);
});
engine.beforeStop(async () => {
  await producer.close();
  await project.down();
  gates.remove();
});

interface Row extends Pod {
  readonly title: string;
  readonly hookText: string;
  readonly stopSignal: "SIGTERM" | "SIGQUIT";
  /** held: obeys its AbortSignal. deaf: ignores it. Both end when their gate opens. */
  readonly job: "held" | "deaf";
  readonly env?: Readonly<Record<string, string>>;
  /** What happens meanwhile, from the start of the termination. */
  readonly meanwhile?: (container: Container, log: LogFollower, job: Job) => Promise<void>;
  readonly expected: {
    readonly job: "finished" | "handed back" | "left active";
    readonly exitCode: number;
    readonly hookCode?: number;
    readonly wasKilled?: boolean;
  };
  readonly atMostMs: number;
}

const finishesWhileDraining: Row["meanwhile"] = async (_, log, job) => {
  await log.line('"order":"drain"');
  gates.open(job.id);
};
const finishesAfterTerm: Row["meanwhile"] = async (_, log, job) => {
  await log.line('"signals":["SIGTERM"]');
  gates.open(job.id);
};
const graceMs = 30_000;
/** Enough on a busy machine, and long before the grace period ends. */
const soonMs = 20_000;

const rows: readonly Row[] = [
  {
    title: "no hook, TERM",
    hookText: "–",
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    expected: { job: "handed back", exitCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "no hook, QUIT as the image's STOPSIGNAL",
    hookText: "–",
    stopSignal: "SIGQUIT",
    job: "held",
    graceMs,
    meanwhile: finishesWhileDraining,
    expected: { job: "finished", exitCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "a hook that returns at once, followed by TERM",
    hookText: "`kill -QUIT 1`",
    preStop: ["/bin/sh", "-c", "kill -QUIT 1"],
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    meanwhile: finishesAfterTerm,
    expected: { job: "finished", exitCode: 0, hookCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "the same with forker's command, for an image without a shell",
    hookText: "`forker drain`",
    preStop: ["forker", "drain"],
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    meanwhile: finishesAfterTerm,
    expected: { job: "finished", exitCode: 0, hookCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "a hook that waits for the end of the drain",
    hookText: "`forker drain --wait`",
    preStop: ["forker", "drain", "--wait"],
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    meanwhile: finishesWhileDraining,
    expected: { job: "finished", exitCode: 0, hookCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "a hook that stops waiting, then TERM, which joins the drain",
    hookText: "`forker drain --wait --timeout 1`",
    preStop: ["forker", "drain", "--wait", "--timeout", "1"],
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    meanwhile: finishesAfterTerm,
    expected: { job: "finished", exitCode: 0, hookCode: 5 },
    atMostMs: soonMs,
  },
  {
    title: "the container ends during the hook",
    hookText: "`kill -QUIT 1; sleep 60`",
    preStop: ["/bin/sh", "-c", "kill -QUIT 1; sleep 60"],
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    meanwhile: finishesWhileDraining,
    expected: { job: "finished", exitCode: 0, hookCode: 137 },
    atMostMs: soonMs,
  },
  {
    title: "a job that outlasts the drain and its AbortSignal",
    hookText: "`forker drain --wait`",
    preStop: ["forker", "drain", "--wait"],
    stopSignal: "SIGTERM",
    job: "deaf",
    env: { FORKER_DRAIN_TIMEOUT: "2s", FORKER_STOP_TIMEOUT: "1s" },
    graceMs,
    expected: { job: "handed back", exitCode: 0, hookCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "a second TERM during the drain",
    hookText: "`forker drain`",
    preStop: ["forker", "drain"],
    stopSignal: "SIGTERM",
    job: "held",
    graceMs,
    meanwhile: async (container, log) => {
      await log.line('"signals":["SIGTERM"]');
      await container.signal("TERM");
    },
    expected: { job: "handed back", exitCode: 0, hookCode: 0 },
    atMostMs: soonMs,
  },
  {
    title: "a grace period shorter than the drain, then KILL",
    hookText: "`forker drain --wait`",
    preStop: ["forker", "drain", "--wait"],
    stopSignal: "SIGTERM",
    job: "deaf",
    env: { FORKER_LOCK_DURATION: "2s" },
    graceMs: 3_000,
    expected: { job: "left active", exitCode: 137, wasKilled: true },
    atMostMs: soonMs,
  },
];

const queueNames = ["held", "deaf"] as const;
const measured: string[] = [];

function options(row: Row): string[] {
  const env = { REDIS_URL: "redis://redis:6379", WORKLOAD: "held,deaf", FORKER_DRAIN_TIMEOUT: "20s", ...row.env };
  return [
    ...hardened,
    "--network",
    project.network,
    "--stop-signal",
    row.stopSignal,
    "--volume",
    `${appFolder}:/app/steered:ro`,
    "--volume",
    `${gates.folder}:/gates:ro`,
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
  ];
}

async function play(row: Row, name: string): Promise<[Terminated, Job]> {
  gates.close();
  for (const queue of queueNames) await producer.queue(queue).obliterate({ force: true });
  const container = await runContainer(engine, name, options(row), ["/app/steered/workers.mjs"]);
  const job = await producer.inState(await producer.add(row.job), ["active"], 60_000);
  const log = await container.follow();
  try {
    const [terminated] = await Promise.all([
      terminate(engine, container, row),
      row.meanwhile?.(container, log, job) ?? Promise.resolve(),
    ]);
    return [terminated, await producer.inState(job, ["active", "waiting", "completed", "failed"])];
  } finally {
    log.end();
  }
}

async function fateOf(job: Job): Promise<string> {
  const { attemptsMade, attemptsStarted, stalledCounter } = job;
  const books = { state: await job.getState(), attemptsMade, attemptsStarted, stalledCounter };
  const isBook = (state: string, made: number) =>
    books.state === state && attemptsMade === made && stalledCounter === 0 && attemptsStarted === 1;
  if (isBook("completed", 1)) return "finished";
  if (isBook("waiting", 0)) return "handed back";
  if (isBook("active", 0)) return "left active";
  return JSON.stringify(books);
}

describe("the termination of a pod", () => {
  for (const [index, row] of rows.entries()) {
    const name = `kubelet-${index}`;
    test(row.title, { timeout: 120_000 }, async (context) => {
      context.after(() => removeContainer(engine, name));
      const [{ exitCode, hookCode, tookMs, wasKilled }, job] = await play(row, name);
      const fate = await fateOf(job);
      const seconds = (tookMs / 1_000).toFixed(1);
      const cells = [
        row.title,
        row.hookText,
        row.stopSignal.slice("SIG".length),
        fate,
        exitCode,
        hookCode ?? "–",
        seconds,
      ];
      measured.push(`| ${cells.join(" | ")} |`);
      assert.deepEqual(
        { job: fate, exitCode, hookCode, wasKilled },
        { hookCode: undefined, wasKilled: false, ...row.expected },
        await new Container(engine, name).log(),
      );
      assert.ok(tookMs <= row.atMostMs, `it took ${seconds} s`);
      if (row.expected.job === "left active") await assertRunsAgain(name, job);
    });
  }

  test("prints the measured table of docs/KUBERNETES.md", (context) => {
    const head = ["case", "preStop hook", "stop signal", "the job", "exit code", "the hook's", "seconds"];
    const lines = [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...measured];
    for (const line of lines) context.diagnostic(line);
    assert.equal(measured.length, rows.length);
  });
});

/** No process was left to hand the job back. The same container does when it is started again: it has the same host name. */
async function assertRunsAgain(name: string, job: Job): Promise<void> {
  await engine.docker(["start", name]);
  gates.open(job.id);
  await until(
    60_000,
    "the job is found and done",
    () => job.getState(),
    (state) => state === "completed",
  );
  const done = await producer.inState(job, ["completed"]);
  assert.deepEqual([done.attemptsMade, done.attemptsStarted, done.stalledCounter], [1, 2, 0]);
}
