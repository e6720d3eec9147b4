/** What a time-boxed call ends with when its time is up. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * The outcome of user code, or a DeadlineError. The timer holds the event loop: a promise that nothing will ever settle
 * would otherwise let the process end as if it were done.
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
