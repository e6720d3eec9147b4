import slotOfKey from "cluster-key-slot";

/** Which keys a command may name together: in a Cluster those of one slot only. */
export type SlotOf = (key: string) => number;

/** Without a Cluster all keys are together. */
export const oneSlot: SlotOf = () => 0;

/** For a Cluster. The keys that are asked for are the same few over and over. */
export function clusterSlots(): SlotOf {
  const known = new Map<string, number>();
  return (key) => {
    const slot = known.get(key) ?? slotOfKey(key);
    known.set(key, slot);
    return slot;
  };
}

/** The items of each slot, in the order in which they came. */
export function groupBySlot<Item>(
  items: readonly Item[],
  slotOf: SlotOf,
  keyOf: (item: Item) => string,
): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const slot = slotOf(keyOf(item));
    const group = groups.get(slot);
    if (group === undefined) groups.set(slot, [item]);
    else group.push(item);
  }
  return groups;
}
