// npm start: the shop under the real entrypoint, fed by another process, reloaded once, and counted to the last job.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startRedis } from "../../scripts/redis.mjs";
import { Accounts } from "./demo/accounts.mjs";
import { until, within } from "./demo/deadline.mjs";
import { ForkerProcess } from "./demo/forker-process.mjs";
import { amounts } from "./demo/jobs.mjs";
import { formatMb } from "./demo/memory.mjs";
import { Screen, table } from "./demo/screen.mjs";
import { memoryOf, queueLine, Story, workerTable } from "./demo/story.mjs";
import { chooseUser } from "./demo/user.mjs";

const root = path.join(import.meta.dirname, "../..");
const entrypoint = path.join(root, "dist/entrypoint.mjs");
const app = path.join(import.meta.dirname, "workers.mjs");
const workload = "import; import,export x2; *";
const pollMs = 400;

const screen = new Screen();
/** What has to be undone, last first. */
const cleanups = [];
const interrupted = new Promise((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
});

async function main() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "forker-demo-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const files = path.join(folder, "files");
  await mkdir(files);
  await Promise.all([chmod(folder, 0o755), chmod(files, 0o777)]);

  const url = process.env.REDIS_URL ?? (await startOwnRedis());
  const prefix = `shop-demo-${randomBytes(4).toString("hex")}`;
  const webhookSecret = `whsec_${randomBytes(12).toString("hex")}`;
  const user = chooseUser([entrypoint, app, process.execPath]);
  const environment = {
    ...user.environment,
    REDIS_URL: url,
    WORKLOAD: workload,
    FORKER_PREFIX: prefix,
    FORKER_LOG_FORMAT: "json",
    SHOP_PREFIX: prefix,
    SHOP_FILES: files,
    SHOP_WEBHOOK_SECRET: webhookSecret,
  };
  const accounts = new Accounts(url, prefix);
  cleanups.push(() => accounts.close());
  cleanups.push(() => accounts.clear());

  const story = new Story(screen);
  const began = performance.now();
  const forker = new ForkerProcess(entrypoint, app, environment, (line) => story.hear(line));
  cleanups.push(() => forker.end());
  screen.say(`WORKLOAD="${workload}" forker examples/shop/workers.mjs   (pid ${forker.pid}, as ${user.text})`);
  const died = forker.exited.then(({ code, signal }) => {
    throw new Error(`the entrypoint ended with ${signal ?? `exit code ${code}`}\n${forker.lastLines.join("\n")}`);
  });
  const guarded = (promise) => Promise.race([promise, died, interrupted]);
  died.catch(() => {});

  const booted = await guarded(
    until("all workers ready", 90_000, pollMs, async () => {
      const status = await forker.status();
      return status?.ready ? status : undefined;
    }),
  );
  const boot = factsOf(booted, performance.now() - began);
  screen.say(`ready, engine ${booted.engine}:`);
  screen.lines(["", ...workerTable(booted), `  template of generation 1: ${formatMb(boot.templateMb)} private`, ""]);

  const producer = spawn(process.execPath, [path.join(import.meta.dirname, "demo/producer.mjs")], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  const produced = new Promise((resolve) => producer.once("exit", (code) => resolve(code)));
  cleanups.push(() => producer.kill("SIGKILL"));
  screen.say(`producer ${producer.pid} adds jobs to ${Object.keys(amounts).join(", ")}`);

  const wanted = Object.values(amounts).reduce((sum, amount) => sum + amount, 0);
  let now = { status: booted, counts: await accounts.count() };
  screen.show(
    () => ["", ...workerTable(now.status), "", `  ${queueLine(now.counts)}`],
    () => `done ${queueLine(now.counts)}`,
  );
  const look = async () => {
    const [status, counts] = await Promise.all([forker.status(), accounts.count()]);
    now = { status: status ?? now.status, counts };
    return now;
  };
  const done = () => Object.values(now.counts).reduce((sum, count) => sum + count.done, 0);

  await guarded(
    until("a third of the jobs", 60_000, pollMs, async () => (await look(), done() > wanted / 3 || undefined)),
  );
  const doneBefore = done();
  const askedAt = performance.now();
  forker.signal("SIGHUP");
  screen.say(screen.bold("HUP: reload, while the jobs go on"));
  await guarded(
    until(
      "generation 2 in every slot",
      90_000,
      pollMs,
      async () => (await look(), isReplaced(now.status) || undefined),
    ),
  );
  const reload = { ms: performance.now() - askedAt, jobs: done() - doneBefore };
  screen.say(`generation 2 works in every slot; ${reload.jobs} jobs were done meanwhile`);

  await guarded(
    until("all jobs done", 90_000, pollMs, async () => (await look(), isOver(now.counts, wanted) || undefined)),
  );
  const producerCode = await within("the producer's end", 10_000, produced);
  screen.hide();
  screen.say("all jobs are over:");
  screen.lines(["", ...workerTable(now.status), ""]);
  const after = factsOf(now.status);

  const quitAt = performance.now();
  forker.signal("SIGQUIT");
  screen.say(screen.bold("QUIT: drain and end"));
  const { code } = await within("the end of the entrypoint", 40_000, forker.exited);
  const quitMs = performance.now() - quitAt;

  const counts = await accounts.count();
  const mistakes = await accounts.mistakes();
  const isRight =
    code === 0 &&
    producerCode === 0 &&
    mistakes.length === 0 &&
    Object.values(counts).every((count) => count.added === count.done);
  summarize({ boot, reload, after, story, quitMs, code, counts, mistakes, wanted });
  return isRight ? 0 : 1;
}

async function startOwnRedis() {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  screen.say(`redis-server ${redis.pid} on port ${redis.port}, for this run only`);
  return redis.url;
}

function isReplaced({ generation, reloading, ready, slots }) {
  return (
    generation === 2 &&
    ready &&
    !reloading &&
    slots.every(({ workers }) => workers.every((one) => one.generation === 2))
  );
}

function isOver(counts, wanted) {
  const all = Object.values(counts);
  return all.reduce((sum, { done, failed }) => sum + done + failed, 0) >= wanted;
}

function factsOf({ templates, slots }, ms) {
  const workersMb = slots.flatMap(({ workers }) => workers.map(memoryOf));
  return { ms, templateMb: templates[0] && memoryOf(templates[0]), workersMb };
}

function summarize({ boot, reload, after, story, quitMs, code, counts, mistakes, wanted }) {
  const sum = (field) => Object.values(counts).reduce((total, count) => total + count[field], 0);
  const rows = Object.entries(counts).map(([name, { added, done, failed }]) => [name, added, done, failed]);
  const range = (values) => `${formatMb(Math.min(...values))} to ${formatMb(Math.max(...values))}`;
  const workers = boot.workersMb.length;
  screen.lines([
    "",
    ...table(["queue", "added", "done", "failed"], [...rows, ["all", sum("added"), sum("done"), sum("failed")]]),
    "",
    `  start    ready after ${seconds(boot.ms)}: the shop was loaded once (${story.loadMs[0]} ms), ${workers} workers forked in ${story.forks[0]?.forkMs ?? "?"} ms`,
    `  memory   ${range(boot.workersMb)} private a worker when ready, ${range(after.workersMb)} after its jobs; the template ${formatMb(boot.templateMb)}`,
    `  reload   ${seconds(reload.ms)} from HUP until all ${workers} were replaced, ${reload.jobs} jobs done meanwhile`,
    `  drain    ${seconds(quitMs)} from QUIT to exit code ${code}`,
    "",
  ]);
  for (const mistake of mistakes.slice(0, 10)) screen.lines([`  ! ${mistake}`]);
  if (mistakes.length > 10) screen.lines([`  ! and ${mistakes.length - 10} more`]);
  const verdict =
    mistakes.length === 0 && sum("done") === wanted
      ? `${sum("added")} jobs added = ${sum("done")} jobs done, each once, and each with the result that it should have`
      : `${sum("added")} jobs added, ${sum("done")} done, ${mistakes.length} not as they should be`;
  screen.lines([`  ${screen.bold(verdict)}`]);
}

function seconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

async function cleanUp() {
  screen.hide();
  for (const cleanup of cleanups.reverse()) {
    await within("cleaning up", 15_000, Promise.resolve(cleanup())).catch((error) =>
      screen.lines([`! ${error.message}`]),
    );
  }
}

try {
  process.exitCode = await Promise.race([main(), interrupted]);
} catch (error) {
  screen.hide();
  screen.lines([`! ${error.message}`]);
  process.exitCode = 1;
} finally {
  await cleanUp();
  process.exit();
}
