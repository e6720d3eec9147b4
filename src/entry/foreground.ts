import type { Application } from "../app/application.ts";
import { type errorClasses, throwInstancesOf } from "../app/error-classes.ts";
import { setUpDefinition } from "../app/load.ts";
import type { VariableName } from "../config/environment.ts";
import { oneWorkerOf } from "../config/one-worker.ts";
import { readSettings } from "../config/read-settings.ts";
import type { Settings } from "../config/settings.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { newLockOwner } from "../protocol/instance-id.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import { keepSignalsFromApplication, setListenersAside } from "../signals/own-listeners.ts";
import { workerSignals } from "../signals/signal-table.ts";
import type { InitLink } from "../worker/orders/init-link.ts";
import { ownProcess, runWorker, type WorkerEdges } from "../worker/run-worker.ts";
import { packageVersion } from "./package-version.ts";
import { say } from "./say.ts";
import { requireSupportedNode } from "./supported-node.ts";

/** What only init and the keeper act on. */
const withoutEffect = ["FORKER_ENGINE", "FORKER_HTTP", "FORKER_USER"] as const satisfies VariableName[];
const generation = 1;
const slot = 0;

/**
 * Runs the worker of a definition that is the program itself: `node workers.mjs`. There is no init, no keeper and no fork; the
 * worker is the one that forker would fork. Resolves with the exit code.
 */
export async function enterForeground(
  definition: unknown,
  file: string,
  classes: ReturnType<typeof errorClasses>,
): Promise<number> {
  try {
    requireSupportedNode();
    throwInstancesOf(classes);
    const read = readSettings(process.env, file);
    if ("problems" in read) {
      for (const problem of read.problems) say.problem(problem.message);
      return read.problems[0]?.exitCode ?? 1;
    }
    const { settings, warnings } = read;
    const log = createLogger(
      { level: settings.logLevel, format: settings.logFormat },
      { role: "worker", slot, generation },
    );
    for (const warning of warnings) log.warn(warning);
    return await run(await setUpDefinition(definition, file, settings, log), settings, log);
  } catch (cause) {
    return explain(cause);
  }
}

function explain(cause: unknown): number {
  if (!(cause instanceof ForkerError)) {
    say.problem(textOf(cause));
    return exitCodes.internal.code;
  }
  say.problem(cause.message);
  // The others are mistakes, which their message explains.
  if (cause.exit === "bootFailure" && cause.cause !== undefined) say.problem(textOf(cause.cause));
  return cause.exitCode;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

async function run(application: Application, settings: Settings, log: Logger): Promise<number> {
  const { workload, logger } = application.config;
  const spec = oneWorkerOf(workload);
  const ignored = withoutEffect.filter((name) => (process.env[name] ?? "") !== "");
  const fields = { ...spec, workersUnderForker: workload.length, ...(ignored.length > 0 && { ignored }) };
  (logger ?? log).info(fields, "running one worker in the foreground");
  const { asker } = application.isolation;
  if (asker !== undefined)
    (logger ?? log).warn({ asker }, "isolation has no effect in the foreground: all jobs run in this process");
  const launch: WorkerLaunchConfig = {
    role: "worker",
    socketName: "",
    // Without an instance id: a forker on this host would take the jobs for those of an instance that has ended.
    token: newLockOwner(undefined),
    initPid: process.pid,
    version: packageVersion(),
    hasBoard: false,
    generation,
    // Nobody could resume it.
    settings: { ...settings, fleet: "off" },
    options: { slot, spec, stalledAfterMs: 0 },
    engine: "spawn",
  };
  // As in a forked worker, a listener of the application that exits must wait until the jobs have ended.
  keepSignalsFromApplication();
  for (const signal of workerSignals) setListenersAside(signal);
  return await runWorker(launch, application, log, undefined, { ...ownProcess, connect: withoutInit });
}

/** In init's place: lets the worker take jobs when it has started. Nobody else needs its messages. */
const withoutInit: WorkerEdges["connect"] = (_, init) => {
  // Ctrl-Z suspends a program in the foreground.
  process.removeAllListeners("SIGTSTP");
  const link: InitLink = {
    send({ kind }) {
      if (kind === "started") setImmediate(() => init.message({ kind: "take" }));
    },
    flushed: async () => undefined,
    end: () => undefined,
  };
  return Promise.resolve(link);
};
