import type { Logger } from "pino";
import type { UserRequest } from "../config/settings.ts";
import type { TimeLimit } from "../config/time-limits.ts";
import type { WorkerSpec } from "../config/workload.ts";
import type { FencedHooks } from "./hooks.ts";

/** The user's application, loaded and set up in this process. */
export interface Application {
  /** The file's real path when it was loaded, with symlinks resolved. */
  readonly path: string;
  readonly config: ApplicationConfig;
  /** The processor of a queue: its own name first, then the longest matching glob, then `*`. undefined: none. */
  readonly processorFor: (queue: string) => JobProcessor | undefined;
  readonly hooks: FencedHooks;
}

/** setup()'s values with the environment's precedence applied. */
export interface ApplicationConfig {
  readonly workload: readonly WorkerSpec[];
  /** forker.user(), only when settings.user is undefined. */
  readonly user: UserRequest | undefined;
  readonly queueDiscoveryIntervalMs: number;
  /** The user's own logger. */
  readonly logger: Logger | undefined;
  readonly verbose: boolean;
  readonly timeLimits: readonly TimeLimit[];
  /** For ioredis. */
  readonly connection: string | Record<string, unknown>;
  readonly prefix: string;
}

/** `signal` is called for an AbortSignal only if the user's function takes one. */
export type JobProcessor = (job: unknown, token: string, signal: () => AbortSignal) => Promise<unknown>;
