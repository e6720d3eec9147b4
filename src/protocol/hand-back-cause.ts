/**
 * Why jobs were handed back. worker: their worker did it, because a drain or a stop took too long, or FORKER_STOPPED_JOBS says so.
 * death: their worker died. earlierInstance: they were orphaned jobs of an instance that ran on this host before.
 */
export const handBackCauses = ["worker", "death", "earlierInstance"] as const;
export type HandBackCause = (typeof handBackCauses)[number];
