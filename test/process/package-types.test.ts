// What a TypeScript project sees of the package, with every library checked.
import assert from "node:assert/strict";
import path from "node:path";
import { after, describe, test } from "node:test";
import { PackedPackage, root } from "../support/packed-package.ts";

const packed = await PackedPackage.install();
packed.link("bullmq", "ioredis", "pino", "@types/node");
after(() => packed[Symbol.dispose]());

const compilers = {
  5: path.join(root, "test/types/node_modules/typescript/bin/tsc"),
  7: path.join(root, "node_modules/typescript/bin/tsc"),
};

const application = `
import { type Job, Queue, type Processor as BullProcessor, type WorkerListener, type WorkerOptions } from "bullmq";
import { defineForker, ForkerError, type ForkerJob, JobTimeoutError, type Processor } from "bullmq-forker";
import type { QueueListeners, QueueProcessor, QueueWorkerOptions } from "bullmq-forker";
import { pino } from "pino";

interface ImportData { file: string }
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isBullJob: Equal<ForkerJob<ImportData, number, "import">, Job<ImportData, number, "import">> = true;
const importFile: Processor<ImportData, number, "import"> = async (job) => {
  const name: "import" = job.name;
  return job.data.file.length + name.length;
};
// @ts-expect-error: its result is a number
const wrongResult: Processor<ImportData, number> = async (job) => job.data.file;
// @ts-expect-error: its data has no such property
const wrongData: Processor<ImportData, number> = async (job) => job.data.length;
const isBullOption: Equal<NonNullable<QueueWorkerOptions["limiter"]>, NonNullable<WorkerOptions["limiter"]>> = true;
const isBullListener: Equal<NonNullable<QueueListeners["failed"]>, WorkerListener["failed"]> = true;
const options: QueueWorkerOptions = { concurrency: 5, removeOnComplete: { count: 0 }, lockDuration: 60_000 };
// @ts-expect-error: a number of milliseconds
const wrongOption: QueueWorkerOptions = { lockDuration: "60s" };
// @ts-expect-error: there is one connection for all queues
const refusedOption: QueueWorkerOptions = { connection: {} };
// @ts-expect-error: what processes the jobs is missing
const withoutProcess: QueueProcessor = { concurrency: 5 };
const listeners: QueueListeners = {
  completed: (job, result, previous) => console.log(job.finishedOn, result, previous.length),
  failed: (job, error) => console.log(job?.attemptsMade, error.message),
  // @ts-expect-error: BullMQ has no such event
  finished: () => {},
};
const bull: BullProcessor<ImportData, number> = async (job, token, signal) => job.data.file.length;
export const definition = defineForker({
  setup(forker) {
    forker.logger = pino(pino.destination({ sync: true }));
    forker.logger = pino().child({ name: "workers" });
  },
  async afterPerform(job, result) {
    console.log(job.returnvalue, result, await job.getState());
  },
  onFailure(job, error) {
    if (error instanceof JobTimeoutError) console.log(error.code satisfies "ERR_FORKER_JOB_TIMEOUT", job.attemptsMade);
    if (error instanceof ForkerError) console.log(error.exitCode, error.exit satisfies string);
  },
  processors: {
    import: importFile,
    bull,
    narrow: async (job: Job<ImportData, number, "narrow">) => job.data.file.length,
    plain: async (job, token, signal) => {
      await job.updateProgress(50);
      signal.throwIfAborted();
      return { any: job.data.any.thing, token: token.length, queue: job.queueName };
    },
    file: "./file.js",
    mail: {
      ...options,
      process: importFile,
      limiter: { max: 10, duration: 1000 },
      settings: { backoffStrategy: (attemptsMade, type, error, job) => attemptsMade * (job?.attemptsMade ?? 1) },
      on: { stalled: (id, previous) => console.log(id.length, previous.length), drained: () => {} },
    },
  },
  workerOptions: { maxStalledCount: 0, metrics: { maxDataPoints: 60 } },
  on: listeners,
});
void [isBullJob, isBullOption, isBullListener, wrongResult, wrongData, wrongOption, refusedOption, withoutProcess, Queue];
`;

/** With the syntax of CommonJS output, which has no \`export default\`. */
const commonJs = `${application}\nmodule.exports = definition;\n`;

interface Project {
  readonly compiler: keyof typeof compilers;
  readonly file: string;
  readonly options: readonly string[];
}

const projects: Readonly<Record<string, Project>> = {
  "TypeScript 5, bundler": {
    compiler: 5,
    file: "esm/app.ts",
    options: ["--module", "preserve", "--moduleResolution", "bundler"],
  },
  "TypeScript 7, bundler": {
    compiler: 7,
    file: "esm/app.ts",
    options: ["--module", "preserve", "--moduleResolution", "bundler"],
  },
  "TypeScript 5, node16, an ES module": { compiler: 5, file: "esm/app.ts", options: ["--module", "node16"] },
  "TypeScript 5, node16, CommonJS": { compiler: 5, file: "cjs/app.ts", options: ["--module", "node16"] },
  "TypeScript 5, nodenext, an ES module": { compiler: 5, file: "esm/app.ts", options: ["--module", "nodenext"] },
  "TypeScript 5, nodenext, CommonJS": { compiler: 5, file: "cjs/app.ts", options: ["--module", "nodenext"] },
  "TypeScript 7, nodenext, an ES module": { compiler: 7, file: "esm/app.ts", options: ["--module", "nodenext"] },
  "TypeScript 7, nodenext, CommonJS": { compiler: 7, file: "cjs/app.ts", options: ["--module", "nodenext"] },
  "TypeScript 5, node10": {
    compiler: 5,
    file: "cjs/app.ts",
    options: ["--module", "commonjs", "--moduleResolution", "node10", "--esModuleInterop"],
  },
};

async function compile({ compiler, file, options }: Project, folder = packed.user): Promise<string> {
  const common = "--strict --exactOptionalPropertyTypes --skipLibCheck false --noEmit --target es2022 --types node";
  const words = [compilers[compiler], ...common.split(" "), ...options, file];
  return await packed.execute(process.execPath, words, folder).then(
    ({ stdout }) => stdout,
    (cause: { stdout: string }) => cause.stdout,
  );
}

describe("a project with skipLibCheck: false compiles", () => {
  packed.write({
    "esm/package.json": '{ "type": "module" }',
    "esm/app.ts": `${application}\nexport default definition;\n`,
    "cjs/package.json": '{ "type": "commonjs" }',
    "cjs/app.ts": commonJs,
  });
  for (const [name, project] of Object.entries(projects)) {
    test(name, async () => assert.equal(await compile(project), ""));
  }
});

describe("a project without BullMQ, which forker brings along,", () => {
  const project = { compiler: 5, file: "app.ts", options: ["--module", "nodenext"] } as const;

  test("compiles, and its jobs have what every version has", async () => {
    using alone = await PackedPackage.install();
    alone.link("@types/node");
    alone.write({
      "package.json": '{ "type": "module" }',
      "app.ts": `
import { defineForker, type Processor } from "bullmq-forker";
const mail: Processor<{ to: string }, number> = async (job) => job.data.to.length;
export default defineForker({
  processors: {
    mail,
    "*": async (job) => {
      // @ts-expect-error: no version has it
      void job.nothing;
      await job.updateProgress(50);
      return job.queueName;
    },
    sms: {
      process: mail,
      concurrency: 2,
      on: { failed: (job, error) => console.log(job?.id, error.message) },
    },
  },
});
`,
    });
    assert.equal(await compile(project, alone.user), "");
  });
});

test("attw finds no problem for any module resolution", async () => {
  const attw = path.join(root, "test/types/node_modules/.bin/attw");
  const words = [packed.archive, "--no-definitely-typed", "--format", "ascii", "--no-color", "--no-emoji"];
  const { stdout } = await packed.execute(attw, words).catch((cause: { stdout: string; stderr: string }) => {
    assert.fail(cause.stdout + cause.stderr);
  });
  assert.match(stdout, /No problems found/);
});
