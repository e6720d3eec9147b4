import { buildContainer } from "./build-container.ts";
import { Violation } from "./checks/check.ts";
import { Judge } from "./checks/judge.ts";
import { History, simulatedLog } from "./history.ts";
import type { Container } from "./models/container.ts";
import { planWorld } from "./scenario/plan-world.ts";
import { calmAtMs, endsAtMs, type Scenario } from "./scenario/scenario.ts";
import { installVirtualTime } from "./time/virtual-globals.ts";
import { kernel } from "./time/virtual-time.ts";

export interface Outcome {
  /** Which invariant did not hold. undefined: all did. */
  readonly violation: string | undefined;
  /** The name of init's exit code. */
  readonly exit: string | undefined;
  readonly virtualMs: number;
  readonly history: History;
}

/** More steps in one second of the world are a loop without a pause. */
const stepsPerSecond = 20_000;
/** When `meddle` is called: the faults have ended, and init has repaired what they broke. */
const meddleAtMs = calmAtMs + 30_000;

/**
 * Runs a world from its boot to init's exit. Only one world runs at a time in a process. `meddle`: breaks something once, in a test of
 * the simulation itself.
 */
export async function runWorld(scenario: Scenario, meddle?: (container: Container) => void): Promise<Outcome> {
  const judge = new Judge();
  const history = new History(() => container.schedule.time.now);
  const log = simulatedLog((line) => {
    history.note(line);
    judge.logged(line);
  });
  const container: Container = buildContainer(scenario, log, (text) => history.note(text));
  const { schedule, supervisor, machine } = container;
  const { time } = schedule;
  judge.begin(container);
  const end: { exit: string | undefined } = { exit: undefined };
  const uninstall = installVirtualTime(time);
  try {
    void supervisor.exited.then((exit) => {
      end.exit = exit;
      history.note(`init exits: ${exit}`);
    });
    time.after(0, machine.init, () => supervisor.loop.wake());
    planWorld(container, judge);
    if (meddle !== undefined) time.after(meddleAtMs, kernel, () => meddle(container));
    await runUntilTheEnd(container, judge, () => end.exit !== undefined);
    if (end.exit !== undefined) judge.exited(end.exit);
    else judge.violated(new Violation("init has not exited when the world ends"));
  } finally {
    supervisor.loop.end();
    uninstall();
  }
  const { violation } = judge;
  if (violation !== undefined) history.note(`VIOLATION: ${violation}`);
  return { violation, exit: end.exit, virtualMs: time.now, history };
}

async function runUntilTheEnd(container: Container, judge: Judge, isOver: () => boolean): Promise<void> {
  const { machine } = container;
  const { time } = container.schedule;
  const { loop } = container.supervisor;
  let { turnedAt } = loop;
  let second = 0;
  let steps = 0;
  while (!isOver() && judge.guard(() => time.step(endsAtMs)) === true) {
    // Everything that the step has settled continues before the next one.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    // Several turns at the same instant look like one.
    const mayHaveTurned = loop.turnedAt === time.now && time.running === machine.init;
    if (loop.turnedAt !== turnedAt || mayHaveTurned) judge.turned();
    turnedAt = loop.turnedAt;
    steps = Math.floor(time.now / 1_000) === second ? steps + 1 : 0;
    second = Math.floor(time.now / 1_000);
    if (steps > stepsPerSecond) judge.violated(new Violation("the world does not come to rest"));
  }
}
