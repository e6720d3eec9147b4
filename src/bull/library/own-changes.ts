/** Methods that forker has put in place of others, and those. */
const originals = new WeakMap<object, object>();

/** Call it when a method of a class of BullMQ or ioredis is replaced by one of forker's. */
export function noteOwnChange(changed: object, original: object): void {
  originals.set(changed, original);
}

/** The method that was there before forker's changes. */
export function withoutOwnChanges(method: object): object {
  let found = method;
  for (let before = originals.get(found); before !== undefined; before = originals.get(found)) found = before;
  return found;
}
