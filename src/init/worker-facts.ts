import type { JobName } from "../protocol/messages.ts";
import type { Worker } from "./world.ts";

/** What it holds as far as anybody but Redis knows: its seat shows that to the last, and what it has no room for came by message. */
export function heldBy({ seen, pulse }: Worker): JobName[] {
  const shown = seen?.holding.map(({ queue, id }) => ({ queue, id })) ?? [];
  return [...shown, ...(pulse?.holding ?? [])];
}

/** A worker that said farewell has told all; of one that was killed its seat shows the last. */
export function countsOf({ farewell, seen, pulse }: Worker): { readonly finished: number; readonly failed: number } {
  const { finished, failed } = farewell ?? seen ?? pulse ?? { finished: 0, failed: 0 };
  return { finished, failed };
}
