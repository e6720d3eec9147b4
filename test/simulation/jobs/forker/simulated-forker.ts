import type { Logger } from "pino";
import type { Board } from "../../../../src/board/board-memory.ts";
import { boardBytes, rowBytes } from "../../../../src/board/layout.ts";
import { OomWatcher } from "../../../../src/cgroup/oom-watcher.ts";
import { PidsWatcher } from "../../../../src/cgroup/pids-watcher.ts";
import type { Settings } from "../../../../src/config/settings.ts";
import { assembleSupervisor, type Supervisor } from "../../../../src/init/supervisor.ts";
import type { InstanceId } from "../../../../src/protocol/instance-id.ts";
import type { LaunchConfig, RunnerLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import { settingsByDefault } from "../../../support/settings.ts";
import { simulatedLog } from "../../history.ts";
import { Machine } from "../../machine/machine.ts";
import type { Schedule } from "../../machine/schedule.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import { SimulatedSignals } from "../../machine/simulated-signals.ts";
import type { SimulatedSocket } from "../../machine/simulated-socket.ts";
import { Windows } from "../../machine/windows.ts";
import { appPath } from "../application/app-path.ts";
import { LoadedTemplate } from "../application/loaded-template.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { RunnerListeners } from "./runner-listeners.ts";
import type { WorkerProgram } from "./worker-program.ts";

/** A forker is in a fleet only if its scenario says so. */
const defaults: Settings = { ...settingsByDefault(appPath), fleet: "off" };

/** Boards of worlds that run one after another. */
const boards = [new ArrayBuffer(boardBytes), new ArrayBuffer(boardBytes)];
/** No container has more workers at a time. */
const rowsUsed = 32;

export interface ForkerParts {
  readonly world: JobsWorld;
  /** Its place among the forkers of the world. */
  readonly place: number;
  readonly instanceId: InstanceId;
  readonly settings: Partial<Settings>;
  /** Gives a process its program. */
  readonly execute: (
    forker: SimulatedForker,
    process: SimulatedProcess,
    launch: LaunchConfig | RunnerLaunchConfig,
  ) => void;
}

/** A container: the real init, keeper and workers in simulated processes, and a model of the template. */
export class SimulatedForker {
  readonly world: JobsWorld;
  readonly place: number;
  readonly instanceId: InstanceId;
  readonly settings: Settings;
  readonly schedule: Schedule;
  readonly machine: Machine;
  readonly supervisor: Supervisor;
  readonly board: Board;
  readonly template: LoadedTemplate;
  readonly workers = new Map<SimulatedProcess, WorkerProgram>();
  readonly runnerListeners = new RunnerListeners(this);
  readonly #sockets = new Map<SimulatedProcess, SimulatedSocket[]>();
  readonly #signals = new SimulatedSignals();
  readonly #execute: ForkerParts["execute"];
  exit: string | undefined;
  /** Orders to end: otherwise init has no reason to exit. */
  wasOrderedToEnd = false;
  /** Another one has been started, or will be. */
  isReplaced = false;
  readonly startedAt: number;
  /** Until when the packets of its processes do not pass. */
  cutOffUntil = -Infinity;

  constructor({ world, place, instanceId, settings, execute }: ForkerParts) {
    this.#execute = execute;
    this.world = world;
    this.place = place;
    this.instanceId = instanceId;
    this.settings = { ...defaults, ...settings };
    this.schedule = world.schedule;
    this.startedAt = world.schedule.time.now;
    const { schedule } = world;
    const { time } = schedule;
    const memory = boards[place] as ArrayBuffer;
    new Uint8Array(memory, 0, rowsUsed * rowBytes).fill(0);
    this.board = { fd: -1, memory };
    this.template = new LoadedTemplate(this.settings);
    this.machine = new Machine({
      schedule,
      windows: new Windows(time),
      execute: (process, launch) => this.execute(process, launch),
      childEnded: () => this.#signals.wake(),
    });
    time.running = this.machine.init;
    this.supervisor = assembleSupervisor({
      settings: this.settings,
      signals: this.#signals,
      isInteractive: () => false,
      log: this.logOf(this.machine.init, "init"),
      clock: { now: () => time.now },
      board: this.board,
      socketName: "simulated",
      instanceId,
      version: "0",
      start: (role) => this.machine.start(role),
      table: this.machine,
      reaper: (isLibuvs) => ({
        reap: () => this.machine.reap(isLibuvs),
        reapThese: (pids) => this.machine.reapThese(pids, isLibuvs),
      }),
      oomWatcher: new OomWatcher(() => ({ kills: 0, groupKills: 0 })),
      pidsWatcher: new PidsWatcher(() => undefined),
      hasThreads: false,
      room: { read: () => undefined, availableCpus: 64, cpuMsOf: () => undefined },
    });
    this.#signals.onWake(() => this.supervisor.loop.wake());
    world.announced.add(instanceId);
    void this.supervisor.exited.then((exit) => {
      world.note(`forker ${place}: init exits: ${exit}`);
      this.#over(exit);
    });
    time.after(0, this.machine.init, () => this.supervisor.loop.wake());
  }

  get isOver(): boolean {
    return this.exit !== undefined;
  }

  get living(): SimulatedProcess[] {
    return this.machine.living;
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === "SIGTERM" || signal === "SIGQUIT" || signal === "SIGINT") this.wasOrderedToEnd = true;
    const { time, rank } = this.schedule;
    time.after(0, this.machine.init, () => this.#signals.put(signal), rank());
  }

  /** The kernel kills all processes of the container. */
  kill(): void {
    if (this.isOver) return;
    this.machine.init.end = { signal: "SIGKILL" };
    this.#over("killed");
  }

  execute(process: SimulatedProcess, launch: LaunchConfig | RunnerLaunchConfig): void {
    this.world.started(this, process);
    this.#execute(this, process, launch);
  }

  /** The kernel closes the socket when the process ends. */
  owns(process: SimulatedProcess, socket: SimulatedSocket): void {
    this.#sockets.set(process, [...(this.#sockets.get(process) ?? []), socket]);
  }

  /** What the kernel does when a process has ended. */
  processEnded(process: SimulatedProcess): void {
    for (const socket of this.#sockets.get(process) ?? []) socket.destroy();
    this.#sockets.delete(process);
    this.world.processEnded(this, process);
  }

  logOf(process: SimulatedProcess, role: string): Logger {
    const name = role === "init" ? `${this.place} init` : `${this.place} ${role} ${process.pid}`;
    return simulatedLog((line) => {
      // Code of a process that has died may run until its promises are settled.
      if (!process.isDead) this.world.logged(this, process, name, line);
    });
  }

  #over(exit: string): void {
    this.exit = exit;
    this.supervisor.loop.end();
    this.world.announced.delete(this.instanceId);
    this.machine.init.end ??= { exitCode: 0 };
    for (const process of this.machine.living) this.machine.processEnded(process, { signal: "SIGKILL" }, "container");
  }
}
