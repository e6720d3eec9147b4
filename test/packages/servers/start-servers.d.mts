export interface Servers {
  /** The environment variables through which the applications find the servers. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Every server that the packages connect to. */
export function startServers(freePort: () => Promise<number>): Promise<Servers>;
