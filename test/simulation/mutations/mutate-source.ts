// Loaded before everything else (node --import) in a process that simulates a broken init: FORKER_MUTATION names the mutation.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { edited } from "./mutation.ts";
import { mutations } from "./table.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const name = process.env["FORKER_MUTATION"];
const mutation = mutations.find((one) => one.name === name);
if (mutation === undefined) throw new Error(`expected the name of a mutation in FORKER_MUTATION, got ${name}`);

/** By the file's URL. */
const sources = new Map<string, string>();
for (const edit of mutation.edits) {
  const file = path.join(root, edit.file);
  const url = pathToFileURL(file).href;
  sources.set(url, edited(sources.get(url) ?? readFileSync(file, "utf8"), edit));
}

registerHooks({
  load(url, context, next) {
    const source = sources.get(url);
    if (source === undefined) return next(url, context);
    return { format: "module-typescript", source, shortCircuit: true };
  },
});
