interface RedisError extends Error {
  code?: unknown;
  errors?: unknown;
  /** Of a Cluster that has no node left: what the last one had against us. */
  lastNodeError?: unknown;
}

/** In one line. Node's AggregateError of a refused connection has no message of its own. */
export function describeError(error: RedisError): string {
  const { lastNodeError, errors } = error;
  if (lastNodeError instanceof Error) return describeError(lastNodeError);
  if (error.message !== "") return error.message;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return first instanceof Error ? first.message : typeof error.code === "string" ? error.code : error.name;
}

/**
 * The same error without the arguments of the command that it is about: they may be a password, and are a job's data often.
 * ioredis puts them on every error, and a logger would write them down.
 */
export function withoutArguments(error: unknown): unknown {
  const seen = new Set<unknown>();
  for (const rest = [error]; rest.length > 0; ) {
    const one = rest.pop();
    if (!(one instanceof Error) || seen.has(one)) continue;
    seen.add(one);
    const { command } = one as { command?: unknown };
    if (typeof command === "object" && command !== null && "args" in command) delete command.args;
    rest.push(one.cause, (one as RedisError).lastNodeError);
  }
  return error;
}
