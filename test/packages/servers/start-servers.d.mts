export interface Servers {
  /** How the applications find them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Everything that the packages talk to. */
export function startServers(freePort: () => Promise<number>): Promise<Servers>;
