import type { Application } from "../../app/application.ts";
import type { Lane, LaneFactory, LaneHandlers } from "../../bull/worker/lane.ts";

/** The events of a Worker that say nothing about its jobs. */
const ownEvents = new Set(["closed", "closing", "ioredis:close", "paused", "ready", "resumed"]);

/**
 * Makes the lane of a queue, with the application's options and listeners. Its Worker is created for the first job, unless it is
 * the application's own, or its other events have listeners.
 */
export function makeLane(factory: LaneFactory, application: Application, queue: string, handlers: LaneHandlers): Lane {
  const { supplyWorker, optionsFor, listeners } = application;
  const heard = listeners.of(queue);
  const lane = factory.lane(queue, handlers, { options: optionsFor(queue), listeners: heard });
  if (supplyWorker !== undefined || heard.some(([event]) => ownEvents.has(event))) lane.open();
  return lane;
}
