import * as v from "valibot";
import { text } from "./fields.ts";

/** How a runner reaches its worker: the worker's socket, an abstract name without its leading NUL, and what to say there. */
export const runnerHost = v.object({ socketName: text, secret: text });
export type RunnerHost = Readonly<v.InferOutput<typeof runnerHost>>;
