import type { Certificates } from "../../support/certificates.ts";

export interface Transports {
  /** Where each server is: `PG_TCP`, `PG_TLS`, `PG_UNIX`, … */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function hasRabbitMq(): boolean;
export function startTransports(options: {
  readonly freePort: () => Promise<number>;
  readonly redis: string;
  readonly files: Certificates;
}): Promise<Transports>;
