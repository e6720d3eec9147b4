import os from "node:os";
import { cpuUsageMs } from "../../cgroup/cpu-usage.ts";
import { type ReadFile, readText } from "../../cgroup/folders.ts";
import { freeMemoryBytes } from "../../cgroup/memory-room.ts";
import { cpuQuota } from "../../config/cpu-quota.ts";
import { processCpuMs } from "../../reaping/process-stat.ts";
import type { Event } from "../state/event.ts";
import { rangesOf } from "../state/wanted-slots.ts";
import type { World } from "../state/world.ts";

/** A shorter time says little about the use of the CPUs: the kernel accounts it in slices. */
const readEveryMs = 100;

/** Where the readings come from. */
export interface RoomSources {
  readonly read: ReadFile;
  readonly availableCpus: number;
  /** The processor time that a process has used. undefined: it has ended. */
  readonly cpuMsOf: (pid: number) => number | undefined;
}

const ownSources: RoomSources = {
  read: readText,
  availableCpus: os.availableParallelism(),
  cpuMsOf: processCpuMs,
};

/** Reads what the cgroup grants and what is used of it, while the number of workers may depend on that. */
export class RoomMeter {
  readonly #world: World;
  readonly #sources: RoomSources;
  #readAt = -Infinity;
  #cpuMs = new Map<number, number>();

  constructor(world: World, sources: RoomSources = ownSources) {
    this.#world = world;
    this.#sources = sources;
  }

  look(now: number): readonly Event[] {
    const elapsedMs = now - this.#readAt;
    if (elapsedMs < readEveryMs || rangesOf(this.#world).length === 0) return [];
    const { read, availableCpus } = this.#sources;
    const quota = cpuQuota(read);
    const usedMs = this.#usedSince(quota !== undefined);
    const usedCpus = Number.isFinite(elapsedMs) ? usedMs / elapsedMs : undefined;
    this.#readAt = now;
    const grantedCpus = Math.min(quota ?? Infinity, availableCpus);
    return [{ kind: "roomRead", room: { freeMemoryBytes: freeMemoryBytes(read), grantedCpus, usedCpus } }];
  }

  /** Without a limit, other programs use the same CPUs, and only forker's own processes count. */
  #usedSince(hasQuota: boolean): number {
    const { read, cpuMsOf } = this.#sources;
    const before = this.#cpuMs;
    const ofCgroup = hasQuota ? cpuUsageMs(read) : undefined;
    const { workers, templates, runners } = this.#world;
    const all = ofCgroup === undefined ? [...workers, ...templates, ...runners] : [];
    const now = all.flatMap(({ pid }): [number, number][] => {
      const cpuMs = pid === undefined ? undefined : cpuMsOf(pid);
      return pid === undefined || cpuMs === undefined ? [] : [[pid, cpuMs]];
    });
    if (ofCgroup !== undefined) now.push([wholeCgroup, ofCgroup]);
    this.#cpuMs = new Map(now);
    const isKnown = ([key]: [number, number]) => key !== wholeCgroup || before.has(key);
    return now.filter(isKnown).reduce((sum, [key, cpuMs]) => sum + Math.max(0, cpuMs - (before.get(key) ?? 0)), 0);
  }
}

/** In place of a pid. */
const wholeCgroup = -1;
