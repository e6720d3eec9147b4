export interface PrivatePostgres {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** `command` precedes postgres: `["taskset", "-c", "0"]`. */
export function startPostgres(options?: { command?: readonly string[] }): Promise<PrivatePostgres>;
