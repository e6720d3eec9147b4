import path from "node:path";

/** Next to which BullMQ is found. */
export const appPath = path.join(import.meta.dirname, "definition.ts");
