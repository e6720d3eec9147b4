import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

writeFileSync("broken.mjs", "export const a = ;");
await import(pathToFileURL("broken.mjs").href);
