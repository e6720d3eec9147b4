import type { Event } from "../state/event.ts";
import { runnerEnd } from "../state/runner-fate.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";

/** Tells a worker how its runner has ended. The world still contains the runner. */
export function passOnRunnerEnd(
  event: Event,
  { world, children }: { readonly world: World; readonly children: Children },
): void {
  if (event.kind !== "runnerExited" && event.kind !== "runnerNotLaunched") return;
  const runner = world.runners.find(({ id }) => id === event.runner);
  if (runner === undefined) return;
  const status = event.kind === "runnerExited" ? event.status : ({ unknown: true, notStarted: event.why } as const);
  children.worker(runner.worker)?.send({ kind: "runnerEnded", runner: runner.id, ...runnerEnd(runner, status) });
}
