import { parseMemory } from "../config/memory-size.ts";
import { bestPattern, matchesQueue } from "../config/queue-pattern.ts";
import type { Settings } from "../config/settings.ts";
import type { ForkerDefinition } from "./definition.ts";

/** What a runner may use for its job. */
export interface RunnerLimits {
  /** The most memory of its own, which it shares with no other process. undefined: no limit. */
  readonly memoryBytes: number | undefined;
  /** What is added to its nice value. 0: nothing. */
  readonly nice: number;
}

/** Which queues' jobs each run in a runner, and what the runner may use. */
export interface IsolationRule {
  readonly isIsolated: (queue: string) => boolean;
  /** What asks for isolation first, for people: `isolation: "job"`, `FORKER_ISOLATION`. undefined: no queue is isolated. */
  readonly asker: string | undefined;
  readonly limitsOf: (queue: string) => RunnerLimits;
}

/** `isolatedQueues`: of FORKER_ISOLATION. The others win over the definition. */
export type IsolationSettings = Partial<Pick<Settings, "isolatedQueues" | "runnerMemoryBytes" | "runnerNice">>;

/** By the environment; then by a queue's own option, by the same rule as its processor; then by that for all queues. */
export function isolationBy(
  { isolation, memory, nice, processors }: Pick<ForkerDefinition, "isolation" | "memory" | "nice" | "processors">,
  { isolatedQueues: patterns = [], runnerMemoryBytes, runnerNice }: IsolationSettings = {},
): IsolationRule {
  const own = new Map(
    Object.entries(processors).map(([pattern, value]) => [
      pattern,
      (typeof value === "object" ? value.isolation : undefined) ?? isolation,
    ]),
  );
  const names = [...own.keys()];
  const isByDefinition = (queue: string) => own.get(bestPattern(names, queue) ?? "") === "job";
  const first = names.find((pattern) => own.get(pattern) === "job");
  const byDefinition = first === undefined ? undefined : `isolation: "job" of ${JSON.stringify(first)}`;
  return {
    isIsolated: (queue) => patterns.some((pattern) => matchesQueue(pattern, queue)) || isByDefinition(queue),
    limitsOf(queue) {
      const value = processors[bestPattern(names, queue) ?? ""];
      const ofQueue: Pick<ForkerDefinition, "memory" | "nice"> = typeof value === "object" ? value : {};
      const most = ofQueue.memory ?? memory;
      return {
        memoryBytes: runnerMemoryBytes ?? (most === undefined ? undefined : bytesOf(most)),
        nice: runnerNice ?? ofQueue.nice ?? nice ?? 0,
      };
    },
    asker: patterns.length > 0 ? "FORKER_ISOLATION" : byDefinition,
  };
}

/** The definition was validated: see validate-isolation.ts. */
function bytesOf(memory: string): number | undefined {
  const bytes = parseMemory(memory, process.constrainedMemory());
  return typeof bytes === "number" ? bytes : undefined;
}
