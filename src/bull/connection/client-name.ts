import type { Redis } from "ioredis";

/**
 * The connection name by which BullMQ's own tools (`queue.getWorkers()`, dashboards) list the workers of a queue.
 * A connection has one name, so a worker is listed under as many queues as it has connections: two.
 */
export function clientName(prefix: string, queue: string, workerName: string): string {
  return `${prefix}:${Buffer.from(queue).toString("base64")}:w:${workerName}`;
}

/** Renames the connection now and after each reconnect. */
export function renameClient(client: Redis, name: string): void {
  if (client.options.connectionName === name) return;
  client.options.connectionName = name;
  if (client.status === "ready") client.client("SETNAME", name).catch(() => {});
}
