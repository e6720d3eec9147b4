import { setUpDefinition } from "../../../../src/app/load.ts";
import { header, modes, rowBytes } from "../../../../src/board/layout.ts";
import { RowWriter } from "../../../../src/board/row-writer.ts";
import type { WorkerLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import type { WorkerMode } from "../../../../src/protocol/messages.ts";
import { type WorkerSignal, workerSignals } from "../../../../src/signals/signal-table.ts";
import { dialInit } from "../../../../src/worker/orders/init-link.ts";
import { ownProcess, runWorker, type WorkerEdges } from "../../../../src/worker/run-worker.ts";
import type { Program, SimulatedProcess } from "../../machine/simulated-process.ts";
import { appPath } from "../application/app-path.ts";
import { definitionFor } from "../application/definition.ts";
import { dialOf } from "./dial.ts";
import type { SimulatedForker } from "./simulated-forker.ts";

/** The real worker in a simulated process, with an application whose jobs do what the world wants. */
export class WorkerProgram implements Program {
  readonly process: SimulatedProcess;
  readonly launch: WorkerLaunchConfig;
  readonly row: RowWriter | undefined;
  readonly #forker: SimulatedForker;
  #arrived: ((signal: WorkerSignal) => void) | undefined;
  #recordsSignals = false;

  constructor(forker: SimulatedForker, process: SimulatedProcess, launch: WorkerLaunchConfig) {
    this.#forker = forker;
    this.process = process;
    this.launch = launch;
    const { row } = launch.options;
    this.row = row === undefined ? undefined : new RowWriter(forker.board.memory, row);
    this.#run().then(
      (exitCode) => forker.machine.processEnded(process, { exitCode }, "itself"),
      (cause: unknown) => forker.world.failed(cause),
    );
  }

  /** The mode that its row shows. */
  get shownMode(): WorkerMode | undefined {
    const { row } = this.launch.options;
    if (row === undefined) return undefined;
    return modes[new Int32Array(this.#forker.board.memory, row * rowBytes + header.mode, 1)[0] ?? 0];
  }

  signalled(signal: NodeJS.Signals): void {
    if ((workerSignals as readonly string[]).includes(signal)) this.#arrived?.(signal as WorkerSignal);
  }

  recorded(signal: NodeJS.Signals): void {
    if (!this.#recordsSignals || this.row === undefined) return;
    const instant =
      signal === "SIGUSR1" ? "jobStopAskedAt" : ["SIGTERM", "SIGINT"].includes(signal) ? "stopAskedAt" : undefined;
    if (instant === undefined) return;
    const [memory, offset] = this.row.addressOf(instant);
    new DataView(memory).setFloat64(offset, this.#forker.schedule.time.now, true);
  }

  ended(): void {
    this.#forker.processEnded(this.process);
  }

  async #run(): Promise<number> {
    const { world } = this.#forker;
    const log = this.#forker.logOf(this.process, "worker");
    const connection = { Connector: world.network.connectorOf(this.process) };
    const definition = definitionFor(this.#forker, this.process, connection);
    const application = await setUpDefinition(definition, appPath, this.launch.settings, log);
    const dial = dialOf(this.#forker, this.process);
    const edges: WorkerEdges = {
      ...ownProcess,
      connect: async (launch, handlers) => await dialInit(launch, handlers, dial),
      listenForSignals: (arrived) => {
        this.#arrived = arrived;
      },
      recordSignals: () => {
        this.#recordsSignals = true;
      },
      watchExit: () => undefined,
      releaseMemory: () => () => undefined,
      runnerEdges: {
        listenForRunners: this.#forker.runnerListeners.listenFor(this.process),
        isMemoryShort: () => false,
      },
    };
    return await runWorker(this.launch, application, log, this.row, edges);
  }
}
