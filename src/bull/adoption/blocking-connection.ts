import type { RedisConnection } from "bullmq";
import type { BullWorker } from "../library/bull-types.ts";

interface Duplicable {
  duplicate(options: { readonly connectionName: string }): unknown;
}

/** Opens a blocking connection as BullMQ does for a Worker that was given this connection. */
export function blockingConnection(
  Connection: typeof RedisConnection,
  worker: BullWorker,
  given: unknown,
): RedisConnection {
  const { opts, name } = worker;
  const suffix = opts.name === undefined ? "" : `:w:${opts.name}`;
  const connectionName = `${opts.prefix ?? "bull"}:${Buffer.from(name).toString("base64")}${suffix}`;
  const own =
    typeof (given as Partial<Duplicable>).duplicate === "function"
      ? (given as Duplicable).duplicate({ connectionName })
      : { ...(given as object), connectionName };
  return new Connection(own as ConstructorParameters<typeof RedisConnection>[0], {
    shared: false,
    blocking: true,
    skipVersionCheck: true,
  });
}
