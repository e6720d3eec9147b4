import type { Redis, RedisOptions } from "ioredis";

const retryFirstMs = 50;
const retryMaximumMs = 1_000;
/** A refusal that is older than this no longer counts. */
const refusalsForgottenMs = 10_000;

/** Returns 50, 100, 200 … 1,000 ms, each shortened by up to half so that a fleet does not reconnect in step. */
export function retryDelayMs(attempt: number): number {
  return Math.min(retryMaximumMs, retryFirstMs * 2 ** Math.min(attempt - 1, 10)) * (1 - Math.random() / 2);
}

const again = 2;

/**
 * A client that is refused with READONLY is connected to a replica. It reconnects, resends the command and finds the current
 * master: behind a DNS name, or through the sentinels. ioredis counts attempts only until a connection is established, so
 * attempts that end in a refusal are counted here.
 */
export function reconnectOptions(): Pick<RedisOptions, "retryStrategy" | "reconnectOnError" | "sentinelRetryStrategy"> {
  let refusals = 0;
  let refusedAtMs = Number.NEGATIVE_INFINITY;
  return {
    retryStrategy(attempt) {
      const isFresh = performance.now() - refusedAtMs < refusalsForgottenMs;
      return retryDelayMs(isFresh ? Math.max(attempt, refusals) : attempt);
    },
    sentinelRetryStrategy: retryDelayMs,
    reconnectOnError(error) {
      if (!error.message.startsWith("READONLY")) return false;
      const now = performance.now();
      refusals = now - refusedAtMs < refusalsForgottenMs ? refusals + 1 : 1;
      refusedAtMs = now;
      return again;
    },
  };
}

const statusesWithSocket: ReadonlySet<string> = new Set(["connect", "ready"]);

/**
 * Makes a client end a connection once, however many commands are refused. ioredis ends it for each refused command, and each
 * time adds a timer and a listener to the socket (AbstractConnector.disconnect), about which Node warns from the eleventh on.
 */
export function endConnectionsOnce(client: Redis): Redis {
  const disconnect = client.disconnect.bind(client);
  let isEnding = false;
  client.on("close", () => {
    isEnding = false;
  });
  client.disconnect = (reconnect = false) => {
    if (reconnect && isEnding) return;
    isEnding = statusesWithSocket.has(client.status);
    disconnect(reconnect);
  };
  return client;
}
