import { setUpDefinition } from "../../../../src/app/load.ts";
import type { RunnerLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import { ownProcess, type RunnerEdges } from "../../../../src/runner/process-edges.ts";
import { runRunner } from "../../../../src/runner/run-runner.ts";
import type { Program, SimulatedProcess } from "../../machine/simulated-process.ts";
import { appPath } from "../application/app-path.ts";
import { definitionFor } from "../application/definition.ts";
import type { SimulatedForker } from "./simulated-forker.ts";

/** The real runner in a simulated process, with the application of its worker. */
export class RunnerProgram implements Program {
  readonly process: SimulatedProcess;
  /** undefined: it had ended before the runner began. */
  readonly worker: SimulatedProcess | undefined;
  readonly #forker: SimulatedForker;
  readonly #launch: RunnerLaunchConfig;
  #stop: () => void = () => undefined;

  constructor(forker: SimulatedForker, process: SimulatedProcess, launch: RunnerLaunchConfig) {
    this.#forker = forker;
    this.process = process;
    this.#launch = launch;
    this.worker = forker.runnerListeners.workerAt(launch.host.socketName);
    this.#run().then(
      (exitCode) => forker.machine.processEnded(process, { exitCode }, "itself"),
      (cause: unknown) => forker.world.failed(cause),
    );
  }

  signalled(signal: NodeJS.Signals): void {
    if (signal === "SIGUSR1") this.#stop();
    else if (signal === "SIGTERM" || signal === "SIGINT")
      this.#forker.machine.processEnded(this.process, { signal }, "operator");
  }

  ended(): void {
    this.#forker.processEnded(this.process);
  }

  async #run(): Promise<number> {
    const { world, runnerListeners } = this.#forker;
    const log = this.#forker.logOf(this.process, "runner");
    const connection = { Connector: world.network.connectorOf(this.process) };
    const definition = definitionFor(this.#forker, this.process, connection, this.worker);
    const application = await setUpDefinition(definition, appPath, this.#launch.settings, log);
    const edges: RunnerEdges = {
      ...ownProcess,
      dial: runnerListeners.dialFor(this.process),
      listenForSignals: () => ({
        onStop: (stop) => {
          this.#stop = stop;
        },
      }),
      beNicer: () => undefined,
      allowOptimizing: () => undefined,
      preventOptimizing: () => undefined,
      allowMarking: () => undefined,
    };
    return await runRunner(this.#launch, application, log, () => undefined, undefined, edges);
  }
}
