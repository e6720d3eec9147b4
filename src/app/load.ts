import type { Logger } from "pino";
import { useBull } from "../bull/library/load-bull.ts";
import { formatDuration } from "../config/duration.ts";
import type { Settings } from "../config/settings.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { Application } from "./application.ts";
import { within } from "./bounded-wait.ts";
import { checkWorkerOptions } from "./check-worker-options.ts";
import { connectIfAwaited } from "./connect-if-awaited.ts";
import type { ForkerDefinition } from "./definition.ts";
import { shareErrorClasses } from "./error-classes.ts";
import { fenceHooks } from "./hooks.ts";
import { defaultExport, importFile, locateFile } from "./import-module.ts";
import { Listeners } from "./listeners.ts";
import { checkWorkload, loadProcessors } from "./processors.ts";
import { jobsAtATime, optionsBy, plainOptions } from "./queue-options.ts";
import { reasonOf } from "./reason.ts";
import { Setup } from "./setup.ts";
import { validateDefinition } from "./validate.ts";

/**
 * Resolves the application file's path again, imports it, validates its definition, runs setup() and loads the processors that
 * are module paths, all within FORKER_BOOT_TIMEOUT. Throws a ForkerError; only that of a bootFailure has a cause with a stack
 * worth logging.
 */
export async function loadApplication(settings: Settings, generation: number, log: Logger): Promise<Application> {
  const step: Step = { doing: "loading the application" };
  try {
    return await within(
      settings.bootTimeoutMs,
      connectIfAwaited(load(settings, generation, log, step)),
      () => `${step.doing} did not end within ${formatDuration(settings.bootTimeoutMs)} (FORKER_BOOT_TIMEOUT)`,
    );
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    throw new ForkerError("bootFailure", "ERR_FORKER_BOOT", reasonOf(cause), { cause });
  }
}

/** The current step, for the message of a deadline. */
interface Step {
  doing: string;
}

async function load(settings: Settings, generation: number, log: Logger, step: Step): Promise<Application> {
  const path = locateFile(settings.appPath, "application");
  step.doing = `import of ${path}`;
  shareErrorClasses();
  const definition = defaultExport(await importFile(path));
  validateDefinition(definition, path);
  if (definition.bullmq !== undefined) await useBull(definition.bullmq, path);
  checkWorkerOptions(definition, path);
  const setup = new Setup(generation);
  step.doing = "setup()";
  await runSetup(definition, setup);
  const config = setup.seal(settings);
  step.doing = "import of the processors";
  const processorFor = await loadProcessors(definition, path);
  checkWorkload(config.workload, processorFor, definition);
  const optionsFor = optionsBy(definition);
  return {
    path,
    config,
    processorFor,
    hooks: fenceHooks(definition, settings.hookTimeoutMs, log),
    optionsFor,
    queueOptions: plainOptions(definition, optionsFor),
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
