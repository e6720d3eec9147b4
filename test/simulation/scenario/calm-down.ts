import type { Container } from "../models/container.ts";
import { kernel } from "../time/virtual-time.ts";
import { judgedAtMs, type Release } from "./scenario.ts";

const resumeAfterMs = 5_000;

/** The faults have ended. The operators repair what they can: whatever is still wrong after a while is init's fault. */
export function calmDown(container: Container): void {
  const { scenario, machine, workers, supervisor, board, note, schedule } = container;
  note("the faults end; a good release is deployed");
  container.deployed = scenario.releases.at(-1) as Release;
  for (const process of machine.living)
    if (process.killRefusedAt > -Infinity) machine.kill(process, "SIGKILL", "operator");
  for (const process of machine.living) if (process.isStopped) machine.kill(process, "SIGCONT", "operator");
  // Later: a worker that was stopped handles a pending USR2 first.
  schedule.time.after(resumeAfterMs, kernel, () => {
    container.signalInit("SIGCONT");
    container.fleet.send("resume", schedule.time.now);
  });
  if (scenario.reloadsAtLast) container.signalInit("SIGHUP");
  const { world, limits } = supervisor;
  for (const worker of workers.values()) {
    const slot = world.slots[worker.slot];
    // init does not see it, or waits for longer than this world lasts.
    const isLeft =
      board === undefined ||
      world.current?.redis === undefined ||
      limits.stuckTimeoutMs === 0 ||
      (slot?.replaceNotBefore ?? 0) > judgedAtMs - 2 * limits.stuckTimeoutMs;
    if (worker.isStuck && !worker.process.isDead && isLeft) machine.kill(worker.process, "SIGKILL", "operator");
  }
}
