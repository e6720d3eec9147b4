import { repeated } from "../../../src/config/workload.ts";
import type { TemplateMessage } from "../../../src/protocol/messages.ts";
import { queue } from "../machine/job-store.ts";
import type { Release } from "../scenario/scenario.ts";

type Loaded = Extract<TemplateMessage, { kind: "loaded" }>;

/** What a template reports about a release that it has loaded. */
export function loadedMessage(
  { workers, minimum, concurrency, timeLimitMs, redis, loadMs }: Release,
  engine: "fork" | "spawn",
  engineReason: string | undefined,
): Loaded {
  return {
    kind: "loaded",
    workload: repeated({ queues: [queue], concurrency }, { count: workers, minimum }).map((spec) => ({
      ...spec,
      queues: [...spec.queues],
    })),
    timeLimits: timeLimitMs === undefined ? [] : [{ pattern: "*", softMs: timeLimitMs, hardMs: 2 * timeLimitMs }],
    queueOptions: [],
    hearsEnds: true,
    engine,
    engineReason,
    place: placeOf(redis),
    loadMs,
  };
}

/** undefined: a Redis that the keeper cannot reach. */
function placeOf(redis: number | undefined): Loaded["place"] {
  const place = { identity: `redis ${redis}`, text: `redis://${redis}` };
  if (redis === undefined) return place;
  return { ...place, redis: { connection: place.text, prefix: "bull", bull: { version: "6.7.0", major: 6 } } };
}
