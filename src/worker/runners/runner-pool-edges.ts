import { readText } from "../../cgroup/folders.ts";
import { isMemoryShort } from "../../cgroup/memory-room.ts";
import { type ListenForRunners, listenForRunners } from "./runner-listener.ts";

/** What a worker with isolated jobs uses of its container. */
export interface RunnerPoolEdges {
  readonly listenForRunners: ListenForRunners;
  /** Whether the container has little memory left. */
  readonly isMemoryShort: () => boolean;
}

export const runnerPoolEdges: RunnerPoolEdges = { listenForRunners, isMemoryShort: () => isMemoryShort(readText) };
