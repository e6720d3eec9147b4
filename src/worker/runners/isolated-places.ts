import type { Lane } from "../../bull/worker/lane.ts";

/** How many jobs of these lanes a worker with this concurrency may run at a time: see Places. */
export function placesFor(lanes: readonly Pick<Lane, "concurrency">[], concurrency: number | undefined): number {
  if (lanes.length === 0) return 0;
  if (concurrency !== undefined) return concurrency;
  const own = lanes.flatMap((lane) => lane.concurrency ?? []);
  const sharesOne = own.length < lanes.length;
  return own.reduce((sum, one) => sum + one, sharesOne ? 1 : 0);
}
