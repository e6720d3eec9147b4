import type { Judge } from "../checks/judge.ts";
import type { Container } from "../models/container.ts";
import { kernel } from "../time/virtual-time.ts";
import { applyFault } from "./apply-fault.ts";
import { calmDown } from "./calm-down.ts";
import { calmAtMs, type Fault, judgedAtMs } from "./scenario.ts";

/** How often a stalled check runs, if any worker takes jobs. */
const stalledCheckMs = 15_000;
/** While a worker is recycled or replaced, the next look is the one that counts. */
const judgeEveryMs = 1_700;
const looksAtMost = 12;
/** Of the faults around the farewell, some come before it. */
const farewellAfterMs = 10_000;
/** No job is added so late that it could not end. */
const lastJobsMs = 30_000;

/** Schedules everything that happens from outside. */
export function planWorld(container: Container, judge: Judge): void {
  const { scenario, schedule, store } = container;
  const { time } = schedule;
  const at = (ms: number, run: () => void) => void time.after(ms, kernel, () => judge.guard(run));
  const every = (ms: number, run: () => void) => {
    at(ms, () => {
      run();
      every(ms, run);
    });
  };
  const applyAt = (ms: number, fault: Fault) => at(ms, () => applyFault(container, fault));
  for (const fault of scenario.faults) if (fault.atMs < judgedAtMs) applyAt(fault.atMs, fault);
  for (let orphan = 0; orphan < scenario.orphans; orphan++) store.addOrphan(scenario.jobMs);
  every(scenario.jobEveryMs, () => {
    const durationMs = schedule.between(scenario.jobMs / 2, scenario.jobMs);
    if (time.now < judgedAtMs - lastJobsMs) store.add("good", durationMs);
  });
  every(stalledCheckMs, () => {
    if ([...container.workers.values()].some(({ isReallyTaking }) => isReallyTaking)) store.findStalled();
  });
  every(1_000, () => judge.everySecond());
  at(calmAtMs, () => calmDown(container));
  const judgeAtRest = (looksLeft: number) => {
    const violation = judge.judged();
    if (violation !== undefined && looksLeft > 0) return at(judgeEveryMs, () => judgeAtRest(looksLeft - 1));
    if (violation !== undefined) return judge.violated(violation);
    for (const fault of scenario.faults) if (fault.atMs >= judgedAtMs) applyAt(fault.atMs - judgedAtMs, fault);
    at(farewellAfterMs, () => {
      container.note(`farewell ${scenario.farewell}`);
      container.signalInit(scenario.farewell);
    });
  };
  at(judgedAtMs, () => judgeAtRest(looksAtMost));
}
