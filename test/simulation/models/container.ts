import type { Board } from "../../../src/board/board-memory.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { Supervisor } from "../../../src/init/supervisor.ts";
import type { WorkerLaunchConfig } from "../../../src/protocol/launch-config.ts";
import type { JobStore } from "../machine/job-store.ts";
import type { Machine } from "../machine/machine.ts";
import type { Schedule } from "../machine/schedule.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Windows } from "../machine/windows.ts";
import type { Release, Scenario } from "../scenario/scenario.ts";
import type { FleetModel } from "./fleet-model.ts";
import type { KeeperModel } from "./keeper-model.ts";
import type { RunnerModel } from "./runner-model.ts";
import type { TemplateModel } from "./template-model.ts";
import type { WorkerModel } from "./worker-model.ts";

/** `forker drain --wait`. */
export interface DrainWaiter {
  /** init has received its request. */
  hasJoined: boolean;
  /** When that was, without the time for which init could not run. */
  joinedRunningAt: number;
  /** It has received the last report. */
  hasReport: boolean;
  hasLeft: boolean;
}

/** Everything that the processes of one simulated container share. */
export interface Container {
  readonly scenario: Scenario;
  readonly settings: Settings;
  readonly schedule: Schedule;
  readonly windows: Windows;
  readonly machine: Machine;
  readonly store: JobStore;
  readonly fleet: FleetModel;
  /** undefined: init has no addon. */
  readonly board: Board | undefined;
  readonly supervisor: Supervisor;
  /** By pid. */
  readonly workers: Map<number, WorkerModel>;
  readonly templates: Map<number, TemplateModel>;
  readonly keepers: Map<number, KeeperModel>;
  readonly runners: Map<number, RunnerModel>;
  /** Runners that were ordered and never ran, by the token of their worker. */
  readonly unstartedRunners: { readonly at: number; readonly worker: string }[];
  /** What a template that loads now finds. */
  deployed: Release;
  /** What was loaded for each generation. */
  readonly generations: Map<number, Release>;
  /** Makes a process a worker of this release. */
  readonly beWorker: (process: SimulatedProcess, launch: WorkerLaunchConfig, release: Release) => void;
  /** Subcommands that wait for the end of the drain. */
  readonly drainWaiters: DrainWaiter[];
  /** When operators sent signals to init or to its processes. */
  readonly signalsSent: number[];
  readonly signalInit: (signal: NodeJS.Signals) => void;
  /** Those that init has received, or will when it runs again. */
  readonly initsSignals: { readonly at: number; readonly signal: NodeJS.Signals }[];
  /** What keepers have counted of the due jobs. */
  readonly dueCounts: { readonly at: number; readonly jobs: number }[];
  /** For the history. */
  readonly note: (text: string) => void;
}
