import { createHash } from "node:crypto";
import { type Bull, loadBull } from "../../../src/bull/library/load-bull.ts";
import { Draws } from "../../support/draws.ts";
import { realImmediate } from "../time/virtual-globals.ts";
import { kernel } from "../time/virtual-time.ts";
import { appPath } from "./application/app-path.ts";
import { jobsChecks } from "./checks/all-checks.ts";
import { endJobsWorld, planJobsWorld } from "./scenario/plan-world.ts";
import type { JobsScenario } from "./scenario/scenario.ts";
import { JobsWorld } from "./world/jobs-world.ts";
import { installProcessGlobals } from "./world/process-globals.ts";
import { shareScripts } from "./world/shared-scripts.ts";

export interface JobsOutcome {
  readonly violation: string | undefined;
  readonly world: JobsWorld;
  readonly steps: number;
  /** Of its history. */
  readonly hash: () => string;
}

/** More steps in one second of the world are a loop without a pause. */
const stepsPerSecond = 50_000;
/** Node settles all that a step has caused before it runs the next immediate: no turn of the event loop is needed for that. */
const stepsPerTurn = 100;

let loaded: Promise<Bull> | undefined;

async function loadWorldsBull(): Promise<Bull> {
  loaded ??= loadBull(appPath);
  const bull = await loaded;
  shareScripts(bull);
  return bull;
}

/** Runs a world from its boot until it is judged. Only one world runs at a time in a process. */
export async function runJobsWorld(
  scenario: JobsScenario,
  /** Breaks something before the world is judged, in a test of the simulation itself. */
  meddle?: (world: JobsWorld) => void,
): Promise<JobsOutcome> {
  const bull = await loadWorldsBull();
  const world = new JobsWorld(scenario, bull);
  const { schedule } = world;
  const { time } = schedule;
  const uninstall = installProcessGlobals(time, new Draws(scenario.seed, 12), (host) => world.facts.get(host));
  const unhandled = (cause: unknown) => world.failed(cause);
  process.on("unhandledRejection", unhandled);
  let steps = 0;
  try {
    world.checks = jobsChecks.map((install) => install(world));
    planJobsWorld(world);
    let second = 0;
    let stepsOfSecond = 0;
    const step = () => {
      if (world.violation !== undefined || world.isOver || !time.step(Infinity)) return false;
      steps += 1;
      stepsOfSecond = Math.floor(time.now / 1_000) === second ? stepsOfSecond + 1 : 0;
      second = Math.floor(time.now / 1_000);
      if (stepsOfSecond > stepsPerSecond) world.violated("the world does not come to rest");
      return true;
    };
    await whileSteps(step);
    meddle?.(world);
    if (world.violation === undefined) for (const { atRest } of world.checks) atRest?.();
    if (world.violation === undefined) {
      endJobsWorld(world);
      await whileSteps(step);
    }
    if (world.violation === undefined) for (const { atEnd } of world.checks) atEnd?.();
  } catch (cause) {
    world.failed(cause);
  } finally {
    time.running = kernel;
    for (const forker of world.forkers) forker.kill();
    uninstall();
    process.removeListener("unhandledRejection", unhandled);
  }
  const hash = () => createHash("sha256").update(world.history.lines(true).join("\n")).digest("hex");
  return { violation: world.violation, world, steps, hash };
}

/** Calls the function until it returns false. Everything that a call has settled continues before the next one. */
async function whileSteps(step: () => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let isOver = false;
    const next = () => {
      if (isOver) return;
      try {
        isOver = !step();
      } catch (cause) {
        isOver = true;
        reject(cause);
      }
    };
    const turn = () => {
      if (isOver) return resolve();
      for (let count = 0; count < stepsPerTurn; count++) realImmediate(next);
      realImmediate(turn);
    };
    turn();
  });
}
