import hashSlotOfKey from "cluster-key-slot";

/** Which keys a command may name together: in a Cluster those of one hash slot only. */
export type HashSlotOf = (key: string) => number;

/** Without a Cluster all keys are together. */
export const oneHashSlot: HashSlotOf = () => 0;

/** For a Cluster. The keys that are asked for are the same few over and over. */
export function clusterHashSlots(): HashSlotOf {
  const known = new Map<string, number>();
  return (key) => {
    const hashSlot = known.get(key) ?? hashSlotOfKey(key);
    known.set(key, hashSlot);
    return hashSlot;
  };
}

/** The items of each hash slot, in the order in which they came. */
export function groupByHashSlot<Item>(
  items: readonly Item[],
  hashSlotOf: HashSlotOf,
  keyOf: (item: Item) => string,
): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const hashSlot = hashSlotOf(keyOf(item));
    const group = groups.get(hashSlot);
    if (group === undefined) groups.set(hashSlot, [item]);
    else group.push(item);
  }
  return groups;
}
