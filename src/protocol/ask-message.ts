import * as v from "valibot";
import { count, jobName, text } from "./fields.ts";

/** How a job ended that `forker stop-job` stopped; notHeld: no worker of this forker holds it. */
export interface StopJobAnswer {
  readonly ended: "stopped" | "byItself" | "notYet" | "notHeld";
}

export const askMessage = v.object({
  kind: v.literal("ask"),
  what: v.variant("name", [
    v.object({ name: v.literal("stopJob"), ...jobName.entries }),
    /** brief: without the memory of each process, which takes time to read. */
    v.object({ name: v.literal("status"), brief: v.optional(v.boolean()) }),
    v.object({ name: v.literal("signal"), signal: text, slot: v.optional(count) }),
    /** wait: init answers with a DrainReport at each change, until the drain has ended. */
    v.object({ name: v.literal("drain"), wait: v.boolean() }),
    /** init sends a DrainReport when it begins to leave, and then as to a client that waits for a drain. */
    v.object({ name: v.literal("awaitLeaving") }),
  ]),
});
export type Ask = v.InferOutput<typeof askMessage>["what"];
