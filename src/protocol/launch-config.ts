import type { Settings } from "../config/settings.ts";
import type { BullPlace } from "./bull-place.ts";
import type { InstanceId } from "./instance-id.ts";
import type { QueueOptions } from "./queue-options.ts";
import type { RunnerHost } from "./runner-host.ts";
import type { WorkerStartOptions } from "./worker-start-options.ts";

interface CommonLaunchConfig {
  /** init's control socket, an abstract name without its leading NUL. */
  readonly socketName: string;
  /**
   * Valid for one hello, with 128 random bits. A worker's token is also its lock owner, by which the keeper recognizes its
   * locks.
   */
  readonly token: string;
  readonly initPid: number;
  /** init's version. init and a child of another version would not understand each other. */
  readonly version: string;
  /** Whether the child inherits the board as a descriptor: see src/board. */
  readonly hasBoard: boolean;
  readonly generation: number;
  readonly settings: Settings;
}

/** What init passes to a template at its start, through a descriptor: see launch-pipe.ts. */
export interface TemplateLaunchConfig extends CommonLaunchConfig {
  readonly role: "template";
  /** It replaces a template that forked the workers of its generation. */
  readonly isReplacement: boolean;
}

/** What init passes to a worker at its start: in memory when it is forked, through a descriptor when it is spawned. */
export interface WorkerLaunchConfig extends CommonLaunchConfig {
  readonly role: "worker";
  readonly options: WorkerStartOptions;
  readonly engine: "fork" | "spawn";
}

/** What a template passes to a runner that it forks, in memory. */
export interface RunnerLaunchConfig extends Omit<CommonLaunchConfig, "token" | "hasBoard" | "socketName"> {
  readonly role: "runner";
  /** init's id for the runner. */
  readonly runner: number;
  readonly host: RunnerHost;
  readonly options: WorkerStartOptions;
}

/** What init passes to the keeper at its start, through a descriptor. The keeper loads no application code. */
export interface KeeperLaunchConfig extends Omit<CommonLaunchConfig, "generation" | "hasBoard"> {
  readonly role: "keeper";
  readonly connection: string | Record<string, unknown>;
  readonly prefix: string;
  /** The BullMQ of the workers, whose scripts the keeper uses: the versions differ in where a job's keys are. */
  readonly bull: BullPlace;
  readonly queueOptions: readonly QueueOptions[];
  readonly instanceId: InstanceId;
  /** The user that the keeper becomes before it connects: the workers' user, if init runs as another. */
  readonly user?: User | undefined;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export type LaunchConfig = TemplateLaunchConfig | WorkerLaunchConfig | KeeperLaunchConfig;
