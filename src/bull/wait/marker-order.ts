import type { Marker } from "./blocking-wait.ts";

/**
 * Chooses among markers that were popped at the same time: of those that are due, or else of all, the one with the highest
 * priority. `keys` are in order of priority.
 */
export function bestOf(popped: readonly Marker[], keys: readonly string[], now: number): Marker | undefined {
  const rank = ({ key, score }: Marker) => (score > now ? keys.length : 0) + keys.indexOf(key);
  return popped.toSorted((one, other) => rank(one) - rank(other))[0];
}
