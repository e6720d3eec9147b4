import * as v from "valibot";
import { count, text } from "./fields.ts";

/** The BullMQ of a generation's workers. `file`: its package; absent: it is part of another file, or forker's own. */
export const bullPlace = v.object({ version: text, major: count, file: v.optional(text) });
export type BullPlace = v.InferOutput<typeof bullPlace>;
