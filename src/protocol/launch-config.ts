import type { Settings } from "../config/settings.ts";
import type { InstanceId } from "./instance-id.ts";
import type { WorkerStartOptions } from "./worker-start-options.ts";

interface CommonLaunchConfig {
  /** init's control socket, an abstract name without its leading NUL. */
  readonly socketName: string;
  /** Good for one hello, with 128 random bits; a worker's locks show it from then on, and the keeper knows them by it. */
  readonly token: string;
  readonly initPid: number;
  /** init's: a child of another version would not understand init, nor init the child. */
  readonly version: string;
  /** Whether the board came along as a descriptor: see src/board. */
  readonly hasBoard: boolean;
  readonly generation: number;
  readonly settings: Settings;
}

/** What init gives a template at its start, through a descriptor: see launch-pipe.ts. */
export interface TemplateLaunchConfig extends CommonLaunchConfig {
  readonly role: "template";
}

/** What init gives a worker at its start: in memory when it is forked, through a descriptor when it is spawned. */
export interface WorkerLaunchConfig extends CommonLaunchConfig {
  readonly role: "worker";
  readonly options: WorkerStartOptions;
  readonly engine: "fork" | "spawn";
}

/** What init gives the keeper at its start, through a descriptor. It loads nothing of the application. */
export interface KeeperLaunchConfig extends Omit<CommonLaunchConfig, "generation" | "hasBoard"> {
  readonly role: "keeper";
  readonly connection: string | Record<string, unknown>;
  readonly prefix: string;
  readonly instanceId: InstanceId;
  /** Whom it becomes before it connects: the workers' user, where init is another. */
  readonly user?: User | undefined;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export type LaunchConfig = TemplateLaunchConfig | WorkerLaunchConfig | KeeperLaunchConfig;
