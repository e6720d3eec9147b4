/**
 * A question whose answer costs something, asked by anybody, any number of times: it is asked once at a time, and its answer
 * holds for a moment.
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
    // Whoever asked is told of its failure.
    asked.catch(() => {
      if (answer === asked) answer = undefined;
    });
    answer = asked;
    return asked;
  };
}
