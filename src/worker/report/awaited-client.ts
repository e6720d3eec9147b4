import { LateRedis } from "../../app/late-redis.ts";
import type { JobsRedis } from "../../app/required-place.ts";
import type { ConnectionState } from "../../bull/connection/connection-watch.ts";
import { firstParkedClient } from "../../bull/parking/parked-clients.ts";

/**
 * Watches the client that the application probably waits for before it creates its first Worker: until then, the worker is as
 * connected as this client. Call it before the parked clients connect. It does not listen for `error`: ioredis logs the errors
 * that no listener hears. undefined: forker knows where the jobs are, and connects itself.
 */
export function watchAwaitedClient(
  redis: JobsRedis | LateRedis,
  changed: () => void,
): (() => ConnectionState) | undefined {
  if (!(redis instanceof LateRedis)) return undefined;
  const client = firstParkedClient();
  for (const event of ["ready", "close", "end"]) client?.on(event, changed);
  return () => {
    // The application has closed a client whose status is `end`.
    const connected = client === undefined || client.status === "ready" || client.status === "end";
    return { connected, error: undefined, refused: false, attempts: 0 };
  };
}
