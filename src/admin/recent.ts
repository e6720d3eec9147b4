/**
 * Makes an expensive question cheap to repeat: it is asked once at a time, and its answer is reused for a moment.
 */
export function recent<Value>(holdsMs: number, now: () => number, ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  let until = Infinity;
  return () => {
    if (answer !== undefined && now() < until) return answer;
    until = Infinity;
    const asked = ask().finally(() => {
      until = now() + holdsMs;
    });
    // The callers handle the rejection; the next call asks again.
    asked.catch(() => {
      if (answer === asked) answer = undefined;
    });
    answer = asked;
    return asked;
  };
}
