import * as v from "valibot";
import { fitId, fitReadableId, fitText, longestQueueName } from "./fit.ts";

/** The types of the fields of messages. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Text that is neither a name nor prose. */
export const text = v.pipe(v.string(), v.maxLength(64 * 1024));
/** The sender shortens these to fit, and so does the receiver: no message is refused because they are too long. */
export const prose = v.pipe(v.string(), v.transform(fitText));
const jobId = v.pipe(v.string(), v.transform(fitId));
/** The id by which a process reads the job from Redis, which a short form does not allow. */
export const readableId = v.pipe(v.string(), v.transform(fitReadableId));
export const queueName = v.pipe(v.string(), v.maxLength(longestQueueName));

/** A job's name, which people write as `mail:991`. */
export const jobName = v.object({ queue: queueName, id: jobId });
