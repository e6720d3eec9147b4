/*
 * What forker changes while the constructor of a Worker runs that is inside a bundle. BullMQ does not guarantee it;
 * test/process/bundle-contract.test.ts checks it in the supported versions.
 */

/** What a Worker assigns its connections to: the first two in version 5, the last from version 6 on. */
export const connectionProperties = ["connection", "blockingConnection", "backend"] as const;

/** The constructor of a connection calls this method, which opens it. */
export const openingMethod = "init";

/** What a connection has by then. */
interface ConnectionParts {
  /** The client that it was given. */
  readonly _client?: { disconnect(): void };
  /** BullMQ's version; early releases of version 5 do not state it. */
  readonly packageVersion?: string;
}

export function clientOf(connection: ConnectionParts): { disconnect(): void } | undefined {
  return connection._client;
}

export function versionOfConnection({ packageVersion }: ConnectionParts): string | undefined {
  return packageVersion;
}
