import { bestPattern, matchesQueue } from "../config/queue-pattern.ts";
import type { ForkerDefinition } from "./definition.ts";

/** Which queues' jobs each run in a runner. */
export interface IsolationRule {
  readonly isIsolated: (queue: string) => boolean;
  /** What asks for isolation first, for people: `isolation: "job"`, `FORKER_ISOLATION`. undefined: no queue is isolated. */
  readonly asker: string | undefined;
}

/** By FORKER_ISOLATION; then by a queue's own option, by the same rule as its processor; then by that for all queues. */
export function isolationBy(
  { isolation, processors }: Pick<ForkerDefinition, "isolation" | "processors">,
  patterns: readonly string[] = [],
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
    asker: patterns.length > 0 ? "FORKER_ISOLATION" : byDefinition,
  };
}
