/**
 * Buffers of random bytes that libraries draw from later (uuid, nanoid and ws keep such pools). Forked children would draw the
 * same bytes, so each child fills them again in place.
 *
 * Smaller buffers may be secrets that are meant to be shared; larger ones are data. Buffers of five bytes are included: BSON's
 * ObjectIds identify their process by them (MongoDB's specification), and they are too short for a secret, a salt or a nonce.
 */
const processNameBytes = 5;
const smallestPoolBytes = 128;
const largestPoolBytes = 64 * 1024;
/** A shorter run of bytes may be unchanged by chance. */
const shortestRunBytes = 16;

interface Fill {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export type RandomFill = (target: Uint8Array) => void;

export class RandomPools {
  /** Keyed by memory, not by view, because the view that filled a pool may no longer exist. Does not keep the memory alive. */
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

/** Refills only unchanged bytes: the others no longer belong to a pool, because a WebAssembly module reuses its memory. */
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
