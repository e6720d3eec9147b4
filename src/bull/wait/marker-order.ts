import type { Marker } from "./blocking-wait.ts";

/** Of markers that were popped at the same time the highest that is due, else the highest; `keys` are in order of priority. */
export function bestOf(popped: readonly Marker[], keys: readonly string[], now: number): Marker | undefined {
  const rank = ({ key, score }: Marker) => (score > now ? keys.length : 0) + keys.indexOf(key);
  return popped.toSorted((one, other) => rank(one) - rank(other))[0];
}
