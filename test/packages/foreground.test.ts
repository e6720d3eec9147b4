// tsx runs a definition as one worker, in its own process, including where it compiles it to CommonJS.
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { runsOneWorker } from "../support/foreground.ts";

/** What the program `tsx` starts Node with. */
const tsx = pathToFileURL(path.join(import.meta.dirname, "node_modules/tsx/dist/loader.mjs")).href;

for (const type of ["commonjs", "module"]) {
  test(`workers.ts in a package of type ${type}`, async (context) => {
    await runsOneWorker(context, [process.execPath, "--import", tsx, "workers.ts"], { "package.json": { type } });
  });
}
