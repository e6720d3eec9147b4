import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { thrownPlace } from "../app/thrown-text.ts";
import { exitBriefly } from "../engine/fork/brief-exit.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { partsOf } from "../heap/compile-ahead.ts";
import { preventMarking } from "../heap/marking.ts";
import { createLogger } from "../log/logger.ts";
import type { RunnerLaunchConfig, TemplateLaunchConfig } from "../protocol/launch-config.ts";
import { JobPerformer } from "../runner/job-performer.ts";
import { rehearseRunner } from "../runner/rehearse-runner.ts";
import { runRunner, timeOfDay } from "../runner/run-runner.ts";
import { compileRunnerCalls } from "./first-calls.ts";

/** Starts runners. What they have in common is prepared once, in the template. */
export class RunnerStart {
  readonly #log: Logger;
  #performer: JobPerformer | undefined;

  constructor({ settings, generation }: TemplateLaunchConfig) {
    const { logLevel: level, logFormat: format } = settings;
    this.#log = createLogger({ level, format }, { role: "runner", generation });
  }

  /** Call it in the template, before the fork check's last steps. `own`: further functions that a runner calls. */
  async prepare(launch: TemplateLaunchConfig, application: Application, own: readonly unknown[]): Promise<void> {
    // Each fork leaves a little garbage here. The marking that it would start at last is the work of every runner that is forked meanwhile.
    preventMarking();
    await rehearseRunner(application, launch);
    this.#performer = await JobPerformer.prepareAhead(launch.settings, application, this.#log);
    // V8 compiles functions of libraries and regular expressions here, and learns the time zone.
    this.logOf({ options: { slot: 0 } });
    application.isolation.limitsOf("rehearsal");
    timeOfDay();
    if (!compileRunnerCalls(application, [...own, ...partsOf(this)]))
      this.#log.debug("runners compile for themselves what they call first");
  }

  /** Call it in the runner. Resolves with its exit code, from which init learns that it could not start. */
  async run(launch: RunnerLaunchConfig, application: Application, tieLifeToInit: () => void): Promise<number> {
    const log = this.logOf(launch);
    exitBriefly();
    try {
      return await runRunner(launch, application, log, tieLifeToInit, this.#performer);
    } catch (cause) {
      if (!(cause instanceof ForkerError)) {
        log.error({ err: cause }, "runner failed to start");
        return exitCodes.bootFailure.code;
      }
      log.error({ code: cause.code, cause: `${cause.message}${thrownPlace(cause.cause)}` }, "runner failed to start");
      return cause.exitCode;
    }
  }

  logOf({ options: { slot } }: { readonly options: Pick<RunnerLaunchConfig["options"], "slot"> }): Logger {
    return this.#log.child({ slot });
  }
}
