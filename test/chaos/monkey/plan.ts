import { Draws } from "../../support/draws.ts";
import type { SideName } from "../options.ts";
import { type ActKind, actKinds, actStyles, type PlannedAct } from "./acts.ts";

/** The average interval between two acts. */
const everyMs = 1_500;
/** The monkey spares a new container for this long, because a first boot that fails is meant to end it. */
const quietAfterInitMs = 45_000;

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly side: SideName;
  readonly withInit: boolean;
  readonly isolation: boolean;
}

/** All acts of a run, in order. A longer run with the same seed begins with the same acts. */
export function planActs({ seed, seconds, side, withInit, isolation }: PlanOptions): PlannedAct[] {
  const draws = new Draws(seed, 2);
  const weightOf = (kind: ActKind) => (isolation || actStyles[kind].isolated !== true ? actStyles[kind].weight : 0);
  const weights = Object.fromEntries(actKinds.map((kind) => [kind, weightOf(kind)])) as Record<ActKind, number>;
  const acts: PlannedAct[] = [];
  for (let atMs = draws.below(2 * everyMs); atMs < seconds * 1_000; atMs += draws.below(2 * everyMs)) {
    const kind = draws.pick(weights);
    const [least, most] = actStyles[kind].ms ?? [0, 0];
    const act = { atMs, kind, pick: draws.next(), ms: least + draws.below(most - least + 1) };
    if (side === "forker" || actStyles[kind].plain) acts.push(act);
  }
  return withInit ? withInitKilled(acts, new Draws(seed, 3), seconds) : acts;
}

/** Adds a kill of the whole container every minute and a half or so, and drops the acts in the pause after it. */
function withInitKilled(acts: readonly PlannedAct[], draws: Draws, seconds: number): PlannedAct[] {
  const kills: PlannedAct[] = [];
  for (let atMs = 30_000 + draws.below(20_000); atMs < seconds * 1_000; atMs += 70_000 + draws.below(40_000))
    kills.push({ atMs, kind: "kill init", pick: 0, ms: 0 });
  const isQuiet = (atMs: number) => kills.some((kill) => atMs >= kill.atMs && atMs < kill.atMs + quietAfterInitMs);
  return [...acts.filter((act) => !isQuiet(act.atMs)), ...kills].toSorted((a, b) => a.atMs - b.atMs);
}
