/** Garbage of every age: short-lived trees, a cache with long-lived entries, and arrays too large for a page. */
interface Tree {
  readonly left: Tree | undefined;
  readonly right: Tree | undefined;
}

const cache = new Map<number, { readonly name: string; readonly body: readonly number[] }>();
const cached = 60_000;
let serial = 0;

function grow(depth: number): Tree {
  return depth === 0 ? { left: undefined, right: undefined } : { left: grow(depth - 1), right: grow(depth - 1) };
}

function count({ left, right }: Tree): number {
  return 1 + (left === undefined ? 0 : count(left)) + (right === undefined ? 0 : count(right));
}

export function run(): number {
  let nodes = 0;
  for (let i = 0; i < 12; i++) nodes += count(grow(14));
  for (let i = 0; i < 40_000; i++) {
    cache.set(serial % cached, { name: `entry ${serial}`, body: [serial, serial + 1, serial + 2, serial + 3] });
    serial += 1;
  }
  for (let i = 0; i < 20; i++) nodes += Array.from({ length: 50_000 }, (_, j) => j + i).length;
  return nodes + cache.size;
}
