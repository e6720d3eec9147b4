import type { LaunchConfig, RunnerLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import { KeeperProgram } from "./keeper-program.ts";
import { RunnerProgram } from "./runner-program.ts";
import type { SimulatedForker } from "./simulated-forker.ts";
import { TemplateProgram } from "./template-program.ts";
import { WorkerProgram } from "./worker-program.ts";

/** Gives a process its program. It begins in a task of the process: what its promises settle belongs to it. */
export function execute(
  forker: SimulatedForker,
  process: SimulatedProcess,
  launch: LaunchConfig | RunnerLaunchConfig,
): void {
  forker.schedule.time.after(0, process, () => {
    switch (launch.role) {
      case "template":
        process.program = new TemplateProgram(forker, process, launch);
        return;
      case "keeper":
        process.program = new KeeperProgram(forker, process, launch);
        return;
      case "worker": {
        const program = new WorkerProgram(forker, process, launch);
        process.program = program;
        forker.workers.set(process, program);
        return;
      }
      case "runner":
        process.program = new RunnerProgram(forker, process, launch);
    }
  });
}
