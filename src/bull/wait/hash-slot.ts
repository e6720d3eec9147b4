import hashSlotOfKey from "cluster-key-slot";

/** A command may name together only keys with the same result. In a Cluster, the result is the key's hash slot. */
export type HashSlotOf = (key: string) => number;

/** Without a Cluster, a command may name any keys together. */
export const oneHashSlot: HashSlotOf = () => 0;

/** For a Cluster. The same few keys are looked up repeatedly, so their hash slots are kept. */
export function clusterHashSlots(): HashSlotOf {
  const known = new Map<string, number>();
  return (key) => {
    const hashSlot = known.get(key) ?? hashSlotOfKey(key);
    known.set(key, hashSlot);
    return hashSlot;
  };
}

/** Groups the items by hash slot, in their original order. */
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
