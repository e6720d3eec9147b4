export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** `command` precedes redis-server: `["taskset", "-c", "0"]`. */
export function startRedis(options?: { command?: readonly string[] }): Promise<PrivateRedis>;
