import type { Logger } from "pino";
import type { Board } from "../../src/board/board-memory.ts";
import { boardBytes, rowBytes } from "../../src/board/layout.ts";
import { OomWatcher } from "../../src/cgroup/oom-watcher.ts";
import { PidsWatcher } from "../../src/cgroup/pids-watcher.ts";
import type { Settings } from "../../src/config/settings.ts";
import { assembleSupervisor } from "../../src/init/supervisor.ts";
import type { LaunchConfig } from "../../src/protocol/launch-config.ts";
import { settingsByDefault } from "../support/settings.ts";
import { JobStore } from "./machine/job-store.ts";
import { Machine } from "./machine/machine.ts";
import { Schedule } from "./machine/schedule.ts";
import type { SimulatedProcess } from "./machine/simulated-process.ts";
import { SimulatedSignals } from "./machine/simulated-signals.ts";
import { Windows } from "./machine/windows.ts";
import type { Container } from "./models/container.ts";
import { FleetModel } from "./models/fleet-model.ts";
import { KeeperModel } from "./models/keeper-model.ts";
import { TemplateModel } from "./models/template-model.ts";
import { WorkerModel } from "./models/worker-model.ts";
import type { Release, Scenario } from "./scenario/scenario.ts";

/** One board for all worlds of this process, which run one after another. */
const memory = new ArrayBuffer(boardBytes);
/** No world has more workers at a time. */
const rowsUsed = 64;

/** A world is in a fleet only if its scenario says so. */
const defaults: Settings = { ...settingsByDefault(), fleet: "off" };

/** Nothing limits the number of processes, so there is no counter to look for. */
class UnlimitedPids extends PidsWatcher {
  override look(): boolean {
    return false;
  }
}

/** Builds a container in which nothing has happened yet. `log`: init's. */
export function buildContainer(scenario: Scenario, log: Logger, note: (text: string) => void): Container {
  const schedule = new Schedule(scenario.seed);
  const { time } = schedule;
  const windows = new Windows(time);
  const settings: Settings = { ...defaults, ...scenario.settings };
  const signals = new SimulatedSignals();
  const machine: Machine = new Machine({
    schedule,
    windows,
    execute: (process, launch) => execute(container, process, launch),
    childEnded: () => signals.wake(),
  });
  const workers = new Map<number, WorkerModel>();
  const board = scenario.hasBoard ? simulatedBoard(() => time.now, workers) : undefined;
  time.running = machine.init;
  const supervisor = assembleSupervisor({
    settings,
    signals,
    isInteractive: () => scenario.isInteractive,
    log,
    clock: { now: () => time.now },
    board,
    socketName: "simulated",
    instanceId: "00000000-00000000",
    version: "0",
    start: (role) => machine.start(role),
    table: machine,
    reaper: (isLibuvs) => ({
      reap: () => machine.reap(isLibuvs),
      reapThese: (pids) => machine.reapThese(pids, isLibuvs),
    }),
    oomWatcher: new OomWatcher(() => ({ kills: machine.oomKills, groupKills: 0 })),
    pidsWatcher: new UnlimitedPids(() => undefined),
    room: { read: () => undefined, availableCpus: 64, cpuMsOf: () => undefined },
    hasThreads: false,
  });
  const signalsSent: number[] = [];
  const container: Container = {
    scenario,
    settings,
    schedule,
    windows,
    machine,
    fleet: new FleetModel(),
    store: new JobStore(schedule, windows, settings.lockDurationMs),
    board,
    supervisor,
    workers,
    templates: new Map(),
    keepers: new Map(),
    runners: new Map(),
    unstartedRunners: [],
    deployed: scenario.releases[0] as Release,
    generations: new Map(),
    beWorker: (process, launch, release) => beWorker(container, process, launch, release),
    drainWaiters: [],
    signalsSent,
    initsSignals: [],
    dueCounts: [],
    signalInit: (signal) => {
      signalsSent.push(time.now);
      container.initsSignals.push({ at: time.now, signal });
      time.after(0, machine.init, () => signals.put(signal), schedule.rank());
    },
    note,
  };
  signals.onWake(() => supervisor.loop.wake());
  return container;
}

/** The board. Each worker that can run has just updated its row when init reads it. */
function simulatedBoard(now: () => number, workers: ReadonlyMap<number, WorkerModel>): Board {
  new Uint8Array(memory, 0, rowsUsed * rowBytes).fill(0);
  let beatenAt = -1;
  return {
    fd: -1,
    get memory() {
      if (now() !== beatenAt) for (const worker of workers.values()) worker.beat();
      beatenAt = now();
      return memory;
    },
  };
}

function execute(container: Container, process: SimulatedProcess, launch: LaunchConfig): void {
  const { templates, keepers, deployed } = container;
  switch (launch.role) {
    case "template": {
      const model = new TemplateModel(container, process, launch);
      process.program = model;
      templates.set(process.pid, model);
      return;
    }
    case "worker":
      return beWorker(container, process, launch, deployed);
    case "keeper": {
      const model = new KeeperModel(container, process, launch);
      process.program = model;
      keepers.set(process.pid, model);
      return;
    }
  }
}

function beWorker(
  container: Container,
  process: SimulatedProcess,
  launch: Extract<LaunchConfig, { role: "worker" }>,
  release: Release,
): void {
  const model = new WorkerModel(container, process, launch, release);
  process.program = model;
  container.workers.set(process.pid, model);
}
