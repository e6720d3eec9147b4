import type { Settings } from "../config/settings.ts";
import type { WorkerSpec } from "../config/workload.ts";

interface BirthOfAny {
  /** init's control socket, an abstract name without its leading NUL. */
  readonly socketName: string;
  /** 128 random bits, good for one hello. */
  readonly token: string;
  readonly initPid: number;
  readonly generation: number;
  readonly settings: Settings;
}

/** What a template is told at its birth, by environment. */
export interface TemplateBirth extends BirthOfAny {
  readonly role: "template";
}

/** What a worker is told at its birth: in memory when forked, by environment when spawned. */
export interface WorkerBirth extends BirthOfAny {
  readonly role: "worker";
  readonly slot: number;
  readonly spec: WorkerSpec;
  readonly engine: "fork" | "spawn";
}

export type Birth = TemplateBirth | WorkerBirth;
