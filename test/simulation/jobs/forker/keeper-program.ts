import { runKeeper } from "../../../../src/keeper/run-keeper.ts";
import type { KeeperLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import type { Program, SimulatedProcess } from "../../machine/simulated-process.ts";
import { dialOf } from "./dial.ts";
import type { SimulatedForker } from "./simulated-forker.ts";

/** The real keeper in a simulated process. */
export class KeeperProgram implements Program {
  readonly #forker: SimulatedForker;
  readonly #process: SimulatedProcess;

  constructor(forker: SimulatedForker, process: SimulatedProcess, launch: KeeperLaunchConfig) {
    this.#forker = forker;
    this.#process = process;
    const { world, machine } = forker;
    const bull = world.network.bullOf(process, world.bull);
    const edges = { dial: dialOf(forker, process), signs: world.signs };
    void runKeeper(launch, bull, forker.logOf(process, "keeper"), edges).then(
      (exitCode) => machine.processEnded(process, { exitCode }, "itself"),
      (cause: unknown) => world.failed(cause),
    );
  }

  signalled(signal: NodeJS.Signals): void {
    if (signal !== "SIGCONT") this.#forker.machine.processEnded(this.#process, { signal }, "signal");
  }

  ended(): void {
    this.#forker.processEnded(this.#process);
  }
}
