import type { TemplateMessage } from "../../../src/protocol/messages.ts";
import { queue } from "../machine/job-store.ts";
import type { Release } from "../scenario/scenario.ts";

/** What a template reports about a release that it has loaded. */
export function loadedMessage(
  release: Release,
  engine: "fork" | "spawn",
  engineReason: string | undefined,
): Extract<TemplateMessage, { kind: "loaded" }> {
  const { workers, concurrency, timeLimitMs, redis, loadMs } = release;
  const bull = { version: "6.7.0", major: 6 };
  return {
    kind: "loaded",
    workload: Array.from({ length: workers }, () => ({ queues: [queue], concurrency })),
    timeLimits: timeLimitMs === undefined ? [] : [{ pattern: "*", softMs: timeLimitMs, hardMs: 2 * timeLimitMs }],
    queueOptions: [],
    hearsEnds: true,
    engine,
    ...(engineReason !== undefined && { engineReason }),
    ...(redis !== undefined && { redis: { connection: `redis://${redis}`, prefix: "bull", bull } }),
    loadMs,
  };
}
