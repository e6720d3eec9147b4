import type { Logger } from "pino";
import { adoptedWorkers, adoptWorkers } from "../bull/adoption/adopt-bull.ts";
import { refuseBundle, refuseRenamed } from "../bull/library/bundle-files.ts";
import { useBull } from "../bull/library/load-bull.ts";
import { formatDuration } from "../config/duration.ts";
import type { Settings } from "../config/settings.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { adoptedConfig } from "./adopted-config.ts";
import type { Application, ApplicationConfig } from "./application.ts";
import { becomeMain } from "./become-main.ts";
import { within } from "./bounded-wait.ts";
import { checkWorkerOptions } from "./check-worker-options.ts";
import { connectIfAwaited } from "./connect-if-awaited.ts";
import type { ForkerDefinition } from "./definition.ts";
import { shareErrorClasses } from "./error-classes.ts";
import { fenceHooks } from "./hooks.ts";
import { warnOfIgnoredOptions } from "./ignored-options.ts";
import { defaultExport, locateFile } from "./import-module.ts";
import { isolationBy } from "./isolation.ts";
import { LateRedis } from "./late-redis.ts";
import { Listeners } from "./listeners.ts";
import { Loading } from "./loading.ts";
import { checkWorkload, loadProcessors, type ProcessorFor } from "./processors.ts";
import { jobsAtATime, optionsBy, plainOptions } from "./queue-options.ts";
import { reasonOf } from "./reason.ts";
import { requirePlace } from "./required-place.ts";
import { Setup } from "./setup.ts";
import { refuseFile, seemsDefinition, validateDefinition } from "./validate.ts";
import { withAdopted } from "./with-adopted.ts";

/**
 * Resolves the application file's path again and imports it: a definition, which it validates and whose setup() and processors it
 * runs and loads, or an application with Workers of its own, which it adopts. All within FORKER_BOOT_TIMEOUT. Throws a
 * ForkerError; only that of a bootFailure has a cause with a stack worth logging.
 */
export async function loadApplication(settings: Settings, generation: number, log: Logger): Promise<Application> {
  return await bounded(settings, async (step) => await load(settings, generation, log, step));
}

/** The same for a definition that is the program itself, which has been imported. */
export async function setUpDefinition(
  definition: unknown,
  path: string,
  settings: Settings,
  log: Logger,
): Promise<Application> {
  shareErrorClasses();
  return await bounded(settings, async (step) => {
    return await loadDefinition(definition, { path, settings, generation: 1, log, step, loading: undefined });
  });
}

async function bounded(settings: Settings, work: (step: Step) => Promise<Application>): Promise<Application> {
  const step: Step = { doing: "loading the application", waitingFor: () => "" };
  try {
    return await within(
      settings.bootTimeoutMs,
      work(step),
      () =>
        `${step.doing} did not end within ${formatDuration(settings.bootTimeoutMs)} (FORKER_BOOT_TIMEOUT)${step.waitingFor()}`,
    );
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    throw new ForkerError("bootFailure", "ERR_FORKER_BOOT", reasonOf(cause), { cause });
  }
}

/** The current step, for the message of a deadline. */
interface Step {
  doing: string;
  waitingFor: () => string;
}

async function load(settings: Settings, generation: number, log: Logger, step: Step): Promise<Application> {
  const path = locateFile(settings.appPath, "application");
  step.doing = `import of ${path}`;
  refuseRenamed(path);
  shareErrorClasses();
  adoptWorkers(path);
  becomeMain(path);
  // The timer of the deadline is not the application's.
  await Promise.resolve();
  const loading = new Loading(path, adoptedWorkers);
  step.waitingFor = () => waitingText(loading);
  const exports = await loading.beforeFork();
  const value = exports === undefined ? undefined : defaultExport(exports);
  if (seemsDefinition(value, adoptedWorkers.all.length > 0))
    return await loadDefinition(value, { path, settings, generation, log, step, loading });
  step.doing = `loading of ${path}, which has no definition and has created no Worker,`;
  const hasWorkers = await loading.workersCreated();
  if (adoptedWorkers.refusal !== undefined) throw adoptedWorkers.refusal;
  if (adoptedWorkers.all.length === 0) refuseBundle(path, !hasWorkers);
  if (!hasWorkers) throw refuseFile(value, path);
  const config = adoptedConfig(settings, adoptedWorkers, loading.isOpen, log);
  const { redis, workload } = config;
  adoptedWorkers.checkEach(redis instanceof LateRedis ? (one) => redis.check(one) : requirePlace(redis, workload));
  warnOfIgnoredOptions(adoptedWorkers.all, log);
  const own = assemble({ processors: {} }, { path, settings, log }, config, () => undefined);
  return { ...withAdopted(own, adoptedWorkers, loading), hasOnlyAdopted: true };
}

function waitingText(loading: Loading): string {
  const waiting = loading.describeWaiting();
  return waiting === "" ? "" : `; it waits for ${waiting}`;
}

interface LoadParts {
  readonly path: string;
  readonly settings: Settings;
  readonly generation: number;
  readonly log: Logger;
  readonly step: Step;
  /** undefined: the program itself has loaded it. */
  readonly loading: Loading | undefined;
}

async function loadDefinition(definition: unknown, parts: LoadParts): Promise<Application> {
  const { path, settings, step, loading } = parts;
  validateDefinition(definition, path);
  if (definition.bullmq !== undefined) await useBull(definition.bullmq, path);
  checkWorkerOptions(definition, path);
  const setup = new Setup(parts.generation);
  step.doing = "setup()";
  await connectIfAwaited(runSetup(definition, setup));
  if (adoptedWorkers.refusal !== undefined) throw adoptedWorkers.refusal;
  const config = setup.seal(settings);
  step.doing = "import of the processors";
  const processorFor = await connectIfAwaited(loadProcessors(definition, path));
  const own = assemble(definition, parts, config, processorFor);
  if (loading === undefined || adoptedWorkers.all.length === 0) {
    checkWorkload(config.workload, processorFor, definition);
    return { ...own, loading };
  }
  adoptedWorkers.checkEach(requirePlace(config.redis, config.workload));
  warnOfIgnoredOptions(adoptedWorkers.all, parts.log);
  const application = withAdopted(own, adoptedWorkers, loading);
  checkWorkload(config.workload, application.processorFor, definition);
  return application;
}

function assemble(
  definition: ForkerDefinition,
  { path, settings, log }: Pick<LoadParts, "path" | "settings" | "log">,
  config: ApplicationConfig,
  processorFor: ProcessorFor,
): Application {
  const optionsFor = optionsBy(definition);
  return {
    path,
    config,
    processorFor,
    hooks: fenceHooks(definition, settings.hookTimeoutMs, log),
    optionsFor,
    queueOptions: plainOptions(definition, optionsFor),
    isolation: isolationBy(definition, settings),
    listeners: new Listeners(definition, log),
    jobsAtATime: (spec) => jobsAtATime(spec, definition, optionsFor),
  };
}

async function runSetup(definition: ForkerDefinition, setup: Setup): Promise<void> {
  try {
    await definition.setup?.(setup.forker);
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    throw new ForkerError("bootFailure", "ERR_FORKER_BOOT", `setup() failed: ${reasonOf(cause)}`, { cause });
  }
}
