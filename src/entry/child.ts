import * as nodeModule from "node:module";
import { loadApplication } from "../app/load.ts";
import { loadBull } from "../bull/load-bull.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { native } from "../native/binding.ts";
import type { Birth, TemplateBirth, WorkerBirth } from "../protocol/birth.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { runTemplate } from "../template/run-template.ts";
import { runWorker } from "../worker/run-worker.ts";

const SIGKILL = 9;

/** A template, or a worker of the spawn engine. The birth is ours alone: the application's children shall not inherit it. */
export async function enterChild(text: string, signals: SignalQueue): Promise<number> {
  delete process.env["FORKER_BIRTH"];
  const birth = JSON.parse(text) as Birth;
  native().setParentDeathSignal(SIGKILL);
  // The parent may have died before the kernel was told: then nobody would tell us.
  if (process.ppid !== birth.initPid) return 0;
  return birth.role === "template" ? await enterTemplate(birth) : await enterSpawnedWorker(birth, signals);
}

async function enterTemplate(birth: TemplateBirth): Promise<number> {
  return await runTemplate(birth, {
    log: loggerOf(birth),
    preload: async () => {
      await loadBull(birth.settings.appPath);
    },
    continueAsWorker: async (worker, application) => {
      const ended = runWorker(worker, application, loggerOf(worker));
      setTimeout(() => tieLifeToInit(worker), forkingTimeMs).unref();
      return await ended;
    },
  });
}

/** Until then its batch is being forked, and init is not its parent yet. An init that dies meanwhile is seen by EOF. */
const forkingTimeMs = 100;
const tieTimeoutMs = 1_000;

function tieLifeToInit({ initPid }: WorkerBirth): void {
  try {
    native().tieLifeToParent(initPid, tieTimeoutMs);
  } catch {
    // init is gone, or has handed us to nobody: its channel's EOF is on the way, and ends us in order.
  }
}

async function enterSpawnedWorker(birth: WorkerBirth, signals: SignalQueue): Promise<number> {
  nodeModule.enableCompileCache();
  const log = loggerOf(birth);
  const application = await loadApplication(birth.settings, birth.generation, log);
  const ended = runWorker(birth, application, log);
  // The worker listens from its first line on; what came while the application was loading is sent again.
  signals.uninstall();
  for (const signal of signals.take()) process.kill(process.pid, signal);
  return await ended;
}

function loggerOf(birth: Birth): Logger {
  const { generation, settings } = birth;
  const slot = birth.role === "worker" ? { slot: birth.slot } : {};
  return createLogger(
    { level: settings.logLevel, format: settings.logFormat },
    { role: birth.role, gen: generation, ...slot },
  );
}
