/** The error of a call that did not end before its deadline. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * The outcome of user code, or a DeadlineError. The timer keeps the event loop alive: with a promise that never settles
 * the process would otherwise end as if it were done.
 */
export async function within<Result>(
  limitMs: number,
  outcome: Result | PromiseLike<Result>,
  message: () => string,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(message())), limitMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
