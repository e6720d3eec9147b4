import { type WorkerSpec, withoutRange } from "../../config/workload.ts";
import type { World } from "./world.ts";

type Scaled = Pick<World, "current" | "extraWorkers" | "slots">;

/**
 * The spec of each slot that may have a worker now: the workload's, changed by TTIN and TTOU. At least one once loaded. Which of them
 * have a worker is up to wantedSlots().
 */
export function slotSpecs(world: Scaled): readonly WorkerSpec[] {
  const specs = plainSpecs(world.current?.specs ?? []);
  const last = specs.at(-1);
  const count = slotCount(world);
  if (last === undefined || count === specs.length) return specs;
  return Array.from({ length: count }, (_, slot) => specs[slot] ?? last);
}

/** The slots that should have a worker now: all of them, except those that are vacant. */
export function wantedSlots(world: Scaled): readonly number[] {
  const wanted: number[] = [];
  const count = slotCount(world);
  for (let slot = 0; slot < count; slot++) if (world.slots[slot]?.isVacant !== true) wanted.push(slot);
  return wanted;
}

function slotCount({ current, extraWorkers }: Scaled): number {
  const specs = current?.specs ?? [];
  return specs.length === 0 ? 0 : Math.max(fewestSlots(specs), specs.length + extraWorkers);
}

/** How many slots TTOU leaves at least: one, and the first one of each range, whose jobs would wait forever without it. */
export function fewestSlots(specs: readonly WorkerSpec[]): number {
  return Math.max(Math.min(1, specs.length), specs.findLastIndex(({ range }) => range?.place === 0) + 1);
}

/** Whether TTOU may remove another slot. Until the application has loaded, its workload is unknown: the activation sees to it. */
export function mayLoseSlot(world: Scaled): boolean {
  return world.current === undefined || slotCount(world) > fewestSlots(world.current.specs);
}

/** A line of the workload whose number of workers init changes on demand. */
export interface SlotRange {
  readonly spec: WorkerSpec;
  readonly minimum: number;
  readonly maximum: number;
  /** Its first slot. As many as the maximum follow each other, and some of them are vacant. */
  readonly first: number;
}

/** The ranges of the current generation. TTOU removes the last slots, and so lowers the bounds of a range at the end. */
export function rangesOf(world: Scaled): readonly SlotRange[] {
  const specs = world.current?.specs ?? [];
  const count = slotCount(world);
  return specs.flatMap((spec, first) => {
    const { range } = spec;
    if (range?.place !== 0 || first >= count) return [];
    const maximum = Math.min(range.maximum, count - first);
    // Without a keeper, nobody sees the jobs of a queue that has no worker.
    const minimum = Math.min(maximum, world.current?.redis === undefined ? Math.max(1, range.minimum) : range.minimum);
    return [{ spec: withoutRange(spec), minimum, maximum, first }];
  });
}

/** The range whose maximum the next TTIN or TTOU changes. undefined: it adds or removes a worker that always runs, or does nothing. */
export function changedRange(
  world: Scaled,
  step: 1 | -1,
): { readonly from: SlotRange; readonly to: SlotRange } | undefined {
  const { current, extraWorkers, slots } = world;
  const after = rangesOf({ current, extraWorkers: extraWorkers + step, slots });
  const changes = rangesOf(world).map((from, index) => ({ from, to: after[index] ?? from }));
  return changes.find(({ from, to }) => from.maximum !== to.maximum);
}

/** The slots of a range. */
export function slotsOfRange({ first, maximum }: SlotRange): readonly number[] {
  return Array.from({ length: maximum }, (_, place) => first + place);
}

export function isSlotOfRange({ first, maximum }: SlotRange, slot: number): boolean {
  return slot >= first && slot < first + maximum;
}

const plain = new WeakMap<readonly WorkerSpec[], readonly WorkerSpec[]>();

/** The specs of a generation never change, and every turn asks for them. */
function plainSpecs(specs: readonly WorkerSpec[]): readonly WorkerSpec[] {
  const known = plain.get(specs) ?? specs.map(withoutRange);
  plain.set(specs, known);
  return known;
}
