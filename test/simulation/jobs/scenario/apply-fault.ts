import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import type { JobsFault } from "./scenario.ts";

/** Makes a fault happen now. One that finds no process to happen to does nothing. */
export function applyJobsFault(world: JobsWorld, fault: JobsFault): void {
  world.note(describeFault(fault));
  const forker = world.forkers[fault.choice % world.forkers.length];
  if (forker === undefined || forker.isOver) return;
  const chosen = (role: SimulatedProcess["role"]) => {
    const living = forker.living.filter((one) => one.role === role);
    return living[fault.choice % Math.max(1, living.length)];
  };
  switch (fault.kind) {
    case "killWorker":
    case "killKeeper": {
      const process = chosen(fault.kind === "killWorker" ? "worker" : "keeper");
      if (process !== undefined) forker.machine.kill(process, "SIGKILL", "operator");
    }
  }
}

export function describeFault({ kind, ...details }: JobsFault): string {
  const text = Object.entries(details).filter(([name]) => name !== "atMs");
  return `${kind} ${text.map(([name, value]) => `${name}=${String(value)}`).join(" ")}`.trim();
}
