import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import { eventually, within } from "./deadline.ts";
import { projectFolder } from "./project-folder.ts";
import { startRedis } from "./redis.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const waitMs = 60_000;

/** A project that has installed forker and BullMQ, with these files. */
export function projectWithForker(context: TestContext, files: Readonly<Record<string, string | object>>): string {
  const folder = projectFolder(context, { "node_modules/.keep": "", ...files });
  for (const name of ["bullmq", "ioredis"])
    symlinkSync(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
  symlinkSync(root, path.join(folder, "node_modules/bullmq-forker"));
  return folder;
}

/** A program in the foreground, with its output. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | NodeJS.Signals>;
  output = "";

  constructor(command: readonly string[], cwd: string, env: Readonly<Record<string, string | undefined>>) {
    const [file = "", ...words] = command;
    this.#child = spawn(file, words, { cwd, env: { ...process.env, NODE_OPTIONS: undefined, ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code, signal) => resolve(code ?? signal ?? -1));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async says(what: string | RegExp): Promise<void> {
    const isThere = () => (typeof what === "string" ? this.output.includes(what) : what.test(this.output));
    await eventually(waitMs, String(what), isThere).catch((cause: unknown) => {
      throw new Error(`${(cause as Error).message}\n${this.output}`, { cause });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(): Promise<number | NodeJS.Signals> {
    return await within(waitMs, () => `its end\n${this.output}`, this.#ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#ended.catch(() => undefined);
  }
}

const definition = `{
  setup(forker) { forker.workload = ["mail @3", "import"]; },
  afterFork(worker) { console.log("connected", JSON.stringify(worker)); },
  async afterPerform(job) { console.log("after", await job.getState()); },
  teardown(leaving) { console.log("teardown", leaving.role); },
  processors: {
    mail: async (job) => \`\${process.pid} sent \${job.data.to}\`,
    import: async (job, _token, signal) => {
      signal.addEventListener("abort", () => console.log(signal.reason instanceof WorkerStoppedError));
      console.log("importing");
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  },
}`;
/** Under forker, it is called when the worker has no jobs left, and does not decide the exit code. */
const listener = `process.on("SIGTERM", () => { console.log("listener"); process.exit(9); });\n`;
const esm = `import { defineForker, WorkerStoppedError } from "bullmq-forker";\n${listener}export default defineForker(${definition});\n`;
/** Definitions of one application, which processes two queues, in every form that Node runs by itself. */
export const definitionFiles: Readonly<Record<string, string>> = {
  "workers.mjs": esm,
  "workers.ts": esm.replace("async (job)", "async (job: { data: { to: string } })"),
  "workers.cjs": `const { defineForker, WorkerStoppedError } = require("bullmq-forker");\n${listener}module.exports = defineForker(${definition});\n`,
  "compiled.cjs": `Object.defineProperty(exports, "__esModule", { value: true });\nconst { defineForker, WorkerStoppedError } = require("bullmq-forker");\n${listener}exports.default = defineForker(${definition});\n`,
  "passed-on.mjs": `export { default } from "./workers.mjs";\n`,
};

/** The answer of one job, from a queue of this Redis. */
export async function sendMail(url: string): Promise<unknown> {
  const connection = { url };
  const [queue, events] = [new Queue("mail", { connection }), new QueueEvents("mail", { connection })];
  try {
    const job = await queue.add("mail", { to: "you" });
    return await job.waitUntilFinished(events, waitMs);
  } finally {
    await Promise.all([queue.close(), events.close()]);
  }
}

/** The program runs one worker of `definitionFiles` in its own process, until TERM. */
export async function runsOneWorker(
  context: TestContext,
  command: readonly string[],
  moreFiles: Readonly<Record<string, object>> = {},
): Promise<Program> {
  const folder = projectWithForker(context, { ...definitionFiles, ...moreFiles });
  await using redis = await startRedis();
  await using program = new Program(command, folder, { REDIS_URL: redis.url });
  assert.equal(await sendMail(redis.url), `${program.pid} sent you`, program.output);
  await program.says("after completed");
  await program.says('connected {"slot":0,"generation":1,"queues":["mail","import"],"concurrency":3}');
  await program.says('"queues":["mail","import"],"concurrency":3,"workersUnderForker":2');
  await using imports = Object.assign(new Queue("import", { connection: { url: redis.url } }), {
    [Symbol.asyncDispose]: async () => await imports.close(),
  });
  const job = await imports.add("import", {});
  await program.says("importing");
  program.signal("SIGTERM");
  assert.equal(await program.end(), 0, program.output);
  // The signal's reason is of the class that the application has imported.
  assert.match(program.output, /^true$/m);
  assert.match(program.output, /^teardown worker$/m);
  assert.match(program.output, /^listener$/m);
  assert.equal(await job.getState(), "waiting");
  return program;
}
