import * as v from "valibot";
import { fitId, fitReadableId, fitText, longestQueueName } from "./fit.ts";

/** The fields that messages are made of. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** What is nobody's name and no prose. */
export const text = v.pipe(v.string(), v.maxLength(64 * 1024));
/** These are made to fit by whoever sends them, and again by whoever gets them: no message is refused for their length. */
export const prose = v.pipe(v.string(), v.transform(fitText));
const jobId = v.pipe(v.string(), v.transform(fitId));
/** By it the job is read from Redis: a short form would not do. */
export const readableId = v.pipe(v.string(), v.transform(fitReadableId));
export const queueName = v.pipe(v.string(), v.maxLength(longestQueueName));

/** A job as a person names it: `mail:991`. */
export const jobName = v.object({ queue: queueName, id: jobId });
