import { readFileSync } from "node:fs";

/** By what created the mapping. */
export const mappingKinds = ["V8 heap", "compiled code", "malloc", "thread stacks", "files"] as const;
export type MappingKind = (typeof mappingKinds)[number];

export interface MappingMemory {
  /** Pages that no other process maps. */
  readonly privateMb: number;
  readonly sharedMb: number;
}

export interface MappedMemory extends MappingMemory {
  /** Its proportional share of the pages that it maps. */
  readonly proportionalMb: number;
  readonly kinds: Readonly<Record<MappingKind, MappingMemory>>;
}

interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly permissions: string;
  readonly name: string;
  readonly kb: Record<string, number>;
}

/** V8's platform-posix.cc, OS::GetRandomMmapAddr: on x64, a random address of 46 bits. Others are above, or at the bottom. */
const v8Heap = { from: 2 ** 32, to: 2 ** 46 };
/** glibc's malloc/arena.c: HEAP_MAX_SIZE, to which each arena except the first is aligned. */
const arenaBytes = 64 * 2 ** 20;
const guardBytes = 4096;

/** A process's memory by kind of mapping, from /proc/PID/smaps. */
export function mappedMemoryOf(pid: number): MappedMemory {
  const mappings = parse(readFileSync(`/proc/${pid}/smaps`, "utf8"));
  const kinds = Object.fromEntries(mappingKinds.map((kind) => [kind, { privateMb: 0, sharedMb: 0 }])) as Record<
    MappingKind,
    { privateMb: number; sharedMb: number }
  >;
  let proportionalMb = 0;
  for (const [index, mapping] of mappings.entries()) {
    const kind = kinds[kindOf(mapping, mappings[index - 1])];
    const mb = (name: string) => (mapping.kb[name] ?? 0) / 1024;
    kind.privateMb += mb("Private_Clean") + mb("Private_Dirty");
    kind.sharedMb += mb("Shared_Clean") + mb("Shared_Dirty");
    proportionalMb += mb("Pss");
  }
  const sum = (figure: keyof MappingMemory) => mappingKinds.reduce((all, kind) => all + kinds[kind][figure], 0);
  return { kinds, proportionalMb, privateMb: sum("privateMb"), sharedMb: sum("sharedMb") };
}

function kindOf({ start, end, permissions, name }: Mapping, before: Mapping | undefined): MappingKind {
  if (name === "[heap]") return "malloc";
  if (name === "[stack]") return "thread stacks";
  if (name !== "" && !name.startsWith("[anon")) return "files";
  if (permissions.includes("x")) return "compiled code";
  if (start >= v8Heap.from && start < v8Heap.to) return "V8 heap";
  // The program's uninitialized data.
  if (start < v8Heap.from) return "files";
  if (start % arenaBytes === 0) return "malloc";
  const isGuarded = before?.permissions === "---p" && before.end === start && before.end - before.start === guardBytes;
  return isGuarded && end - start >= 2 ** 20 ? "thread stacks" : "malloc";
}

function parse(smaps: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of smaps.split("\n")) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)$/.exec(line);
    const figure = /^(\w+):\s+(\d+) kB$/.exec(line);
    if (head) {
      const [, start = "", end = "", permissions = "", name = ""] = head;
      mappings.push({ start: parseInt(start, 16), end: parseInt(end, 16), permissions, name, kb: {} });
    } else if (figure) {
      const mapping = mappings.at(-1);
      if (mapping !== undefined) mapping.kb[figure[1] as string] = Number(figure[2]);
    }
  }
  return mappings;
}
