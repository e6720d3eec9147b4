// Loaded before everything else (node --import) in a process that simulates a broken forker: FORKER_MUTATION names how it is broken.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { mutations } from "./mutations.ts";

const name = process.env["FORKER_MUTATION"];
const mutation = mutations.find((one) => one.name === name);
if (mutation === undefined) throw new Error(`expected a mutation of mutations.ts, got ${name}`);
const { file, from, to } = mutation;
const mutated = path.join(import.meta.dirname, "../../../../src", file);
const url = pathToFileURL(mutated).href;
const parts = readFileSync(mutated, "utf8").split(from);
if (parts.length !== 2)
  throw new Error(`mutation ${name}: expected its text once in ${file}, found ${parts.length - 1}`);

registerHooks({
  load(asked, context, next) {
    if (asked !== url) return next(asked, context);
    return { format: "module-typescript", source: parts.join(to), shortCircuit: true };
  },
});
