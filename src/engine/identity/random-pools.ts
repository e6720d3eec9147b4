/**
 * Buffers that were filled with random bytes, to be drawn from later (uuid, nanoid, ws keep such pools). Forked children
 * would draw the same bytes, so each child fills them anew, in place.
 *
 * Smaller ones may be secrets that are meant to be shared, larger ones are data. Five bytes are what BSON's ObjectIds name their
 * process with (MongoDB's drivers, by its specification), and too few for a secret, a salt or a nonce.
 */
const processNameBytes = 5;
const smallestPoolBytes = 128;
const largestPoolBytes = 64 * 1024;
/** Shorter runs of unchanged bytes may be so by chance. */
const shortestRunBytes = 16;

interface Fill {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export type RandomFill = (target: Uint8Array) => void;

export class RandomPools {
  /** By memory, not by view: a pool may be filled through a view that is gone. Never keeps the memory alive. */
  readonly #fills = new WeakMap<ArrayBufferLike, Map<number, Fill>>();
  #memories: WeakRef<ArrayBufferLike>[] = [];
  #pruneAt = 256;

  add(filled: Uint8Array): void {
    if (!isNameOrPool(filled.byteLength)) return;
    const known = this.#fills.get(filled.buffer);
    const fills = known ?? new Map<number, Fill>();
    fills.set(filled.byteOffset, { offset: filled.byteOffset, bytes: filled.slice() });
    if (known !== undefined) return;
    this.#fills.set(filled.buffer, fills);
    this.#memories.push(new WeakRef(filled.buffer));
    if (this.#memories.length >= this.#pruneAt) this.#prune();
  }

  refill(fill: RandomFill): void {
    for (const reference of this.#memories) {
      const memory = reference.deref();
      if (memory === undefined) continue;
      for (const one of this.#fills.get(memory)?.values() ?? []) refillUnchanged(memory, one, fill);
    }
  }

  #prune(): void {
    this.#memories = this.#memories.filter((reference) => reference.deref() !== undefined);
    this.#pruneAt = Math.max(256, 2 * this.#memories.length);
  }
}

function isNameOrPool(bytes: number): boolean {
  return bytes === processNameBytes || (bytes >= smallestPoolBytes && bytes <= largestPoolBytes);
}

/** What was written over since is no pool any more: memory of a WebAssembly module is used again for something else. */
function refillUnchanged(memory: ArrayBufferLike, { offset, bytes }: Fill, fill: RandomFill): void {
  if (memory.byteLength < offset + bytes.byteLength) return;
  const now = new Uint8Array(memory, offset, bytes.byteLength);
  const shortestRun = Math.min(shortestRunBytes, bytes.byteLength);
  let start = 0;
  for (let at = 0; at <= bytes.byteLength; at++) {
    if (at < bytes.byteLength && now[at] === bytes[at]) continue;
    if (at - start >= shortestRun) fill(now.subarray(start, at));
    start = at + 1;
  }
}
