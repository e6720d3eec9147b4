interface RedisError extends Error {
  code?: unknown;
  errors?: unknown;
  /** The error of the last node, if a Cluster has no node left. */
  lastNodeError?: unknown;
}

/** Describes an error in one line. Node's AggregateError for a refused connection has no message of its own. */
export function describeError(error: RedisError): string {
  const { lastNodeError, errors } = error;
  if (lastNodeError instanceof Error) return describeError(lastNodeError);
  if (error.message !== "") return error.message;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return first instanceof Error ? first.message : typeof error.code === "string" ? error.code : error.name;
}

/** Whether the error is an answer of Redis, and not one of the connection. */
export function isAnswer({ name, lastNodeError }: RedisError): boolean {
  return lastNodeError instanceof Error ? isAnswer(lastNodeError) : name === "ReplyError";
}

/**
 * Removes the arguments of the failed command from an error: they may be a password, and are often a job's data. ioredis
 * attaches them to every error, and a logger would write them.
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
