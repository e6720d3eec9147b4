// npm start: runs the shop under the real entrypoint, with jobs from another process and one reload, and counts every job.
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
import { Screen } from "./demo/screen.mjs";
import { queueLine, Story, workerTable } from "./demo/story.mjs";
import { memoryFacts, summaryLines, verdict } from "./demo/summary.mjs";
import { chooseUser } from "./demo/user.mjs";

const entrypoint = path.join(import.meta.dirname, "../../dist/entrypoint.mjs");
const app = path.join(import.meta.dirname, "workers.mjs");
const workload = "import; import,export x2; *";
const wanted = Object.values(amounts).reduce((sum, amount) => sum + amount, 0);
const pollMs = 300;
const shownMistakes = 10;

const screen = new Screen();
const story = new Story(screen);
/** Clean-up steps, run last first. */
const cleanups = [];
const interrupted = new Promise((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => reject(new Error(`stopped by ${signal}`)));
});

async function main() {
  const user = chooseUser([entrypoint, app, process.execPath]);
  const environment = { ...user.environment, ...(await prepare()) };
  const accounts = await Accounts.open(environment.REDIS_URL, environment.FORKER_PREFIX);
  cleanups.push(() => accounts.close());
  cleanups.push(() => accounts.clear());

  const began = performance.now();
  const forker = new ForkerProcess(entrypoint, app, environment, (line) => story.hear(line));
  cleanups.push(() => forker.end());
  const died = forker.exited.then(({ code, signal }) => {
    throw new Error(`the entrypoint ended with ${signal ?? `exit code ${code}`}:\n${forker.lastLines.join("\n")}`);
  });
  died.catch(() => {});
  const eventually = (what, look) => Promise.race([until(what, 90_000, pollMs, look), died]);
  screen.say(`WORKLOAD="${workload}" forker examples/shop/workers.mjs   (pid ${forker.pid}, as ${user.text})`);

  let status = await eventually("all workers ready", async () => {
    const answer = await forker.status();
    return answer?.ready ? answer : undefined;
  });
  const boot = { ms: performance.now() - began, ...memoryFacts(status) };
  screen.say(
    `all ready, engine ${status.engine}; the loaded shop is ${formatMb(boot.templateMb)}, which the workers share`,
  );
  screen.lines(["", ...workerTable(status), ""]);

  const producer = startProducer(environment);
  let counts = await accounts.count();
  screen.show(
    () => ["", ...workerTable(status), "", `  ${queueLine(counts)}`],
    () => `done: ${queueLine(counts)}`,
  );
  const look = async (isSo) => {
    const answer = await forker.status();
    status = answer ?? status;
    counts = await accounts.count();
    return isSo() ? true : undefined;
  };
  const over = () => Object.values(counts).reduce((sum, { done, failed }) => sum + done + failed, 0);

  await eventually("a third of the jobs done", () => look(() => over() > wanted / 3));
  const reload = { began: performance.now(), jobs: -over() };
  forker.signal("SIGHUP");
  screen.say(screen.bold("HUP: reload, while jobs run"));
  await eventually("generation 2 in every slot", () => look(() => isReplaced(status)));
  reload.ms = performance.now() - reload.began;
  reload.jobs += over();
  screen.say(`generation 2 in every slot; ${reload.jobs} jobs were done meanwhile`);

  await eventually("the end of all jobs", () => look(() => over() >= wanted));
  const producerCode = await within("the producer's end", 10_000, producer);
  const after = memoryFacts(status);
  screen.hide();
  screen.say("every job has ended");
  screen.lines(["", ...workerTable(status), ""]);

  const quit = { began: performance.now() };
  forker.signal("SIGQUIT");
  screen.say(screen.bold("QUIT: drain, and exit"));
  quit.code = (await within("the end of the entrypoint", 40_000, forker.exited)).code;
  quit.ms = performance.now() - quit.began;

  counts = await accounts.count();
  const mistakes = await accounts.mistakes();
  const { isRight, text } = verdict(counts, mistakes, wanted);
  screen.lines(summaryLines({ boot, reload, after, story, quit, counts }));
  screen.lines(mistakes.slice(0, shownMistakes).map((mistake) => `  ! ${mistake}`));
  screen.lines([`  ${screen.bold(text)}`, ""]);
  return isRight && quit.code === 0 && producerCode === 0 ? 0 : 1;
}

/** Creates a Redis server and a folder for this run. Returns the environment of the entrypoint and the producer. */
async function prepare() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "forker-demo-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const files = path.join(folder, "files");
  await mkdir(files);
  // The workers may run as any user, and write these files.
  await Promise.all([chmod(folder, 0o755), chmod(files, 0o777)]);
  const prefix = `shop-demo-${randomBytes(4).toString("hex")}`;
  return {
    REDIS_URL: process.env.REDIS_URL ?? (await startOwnRedis()),
    WORKLOAD: workload,
    FORKER_PREFIX: prefix,
    FORKER_LOG_FORMAT: "json",
    SHOP_PREFIX: prefix,
    SHOP_FILES: files,
    SHOP_WEBHOOK_SECRET: `whsec_${randomBytes(12).toString("hex")}`,
  };
}

async function startOwnRedis() {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  screen.say(`redis-server ${redis.pid} on port ${redis.port}, for this run only`);
  return redis.url;
}

/** Resolves with the producer's exit code. */
function startProducer(environment) {
  const producer = spawn(process.execPath, [path.join(import.meta.dirname, "demo/producer.mjs")], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  cleanups.push(() => producer.kill("SIGKILL"));
  screen.say(`producer ${producer.pid} adds ${wanted} jobs to ${Object.keys(amounts).join(", ")}`);
  return new Promise((resolve) => producer.once("exit", resolve));
}

function isReplaced({ generation, reloading, ready, slots }) {
  const workers = slots.flatMap((slot) => slot.workers);
  return generation === 2 && ready && !reloading && workers.every((worker) => worker.generation === 2);
}

async function cleanUp() {
  screen.hide();
  for (const cleanup of cleanups.toReversed()) {
    const undone = Promise.resolve().then(cleanup);
    await within("cleaning up", 15_000, undone).catch((error) => screen.lines([`! ${error.message}`]));
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
