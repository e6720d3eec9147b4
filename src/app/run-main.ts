import { existsSync, realpathSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { errorClasses, isLoadedByForker } from "./error-classes.ts";
import { requestForeground } from "./foreground-request.ts";
import { defaultExport } from "./import-module.ts";

/** What the entrypoint exports to the copy of the API that the application has imported. */
export interface Foreground {
  readonly runForeground: (
    definition: unknown,
    file: string,
    classes: ReturnType<typeof errorClasses>,
  ) => Promise<void>;
}

const definitions = new Set<unknown>();

/**
 * If the definition turns out to be the default export of the program itself, as with `node workers.mjs`, one worker runs in
 * this process. A definition that forker, a test or another module has imported is left alone.
 */
export function runIfMain(definition: unknown): void {
  if (!isMainThread || isLoadedByForker()) return;
  const isFirst = definitions.size === 0;
  definitions.add(definition);
  // The module has no exports until it has evaluated.
  if (isFirst) setImmediate(() => void runMain());
}

async function runMain(): Promise<void> {
  const file = mainFile();
  if (file === undefined) return;
  // What it rejects with is the error that ends the program anyway.
  const definition = defaultExport(await exportsOf(file).catch(() => ({})));
  if (!definitions.has(definition)) return;
  const entrypoint = entrypointFor(file);
  if (entrypoint === undefined) {
    // A bundler put the API into the application's file.
    writeSync(
      2,
      `forker: expected the package bullmq-forker near ${file}, got none; install it, or run forker ${file}\n`,
    );
    return void (process.exitCode = 71);
  }
  requestForeground();
  const { runForeground } = (await import(pathToFileURL(entrypoint).href)) as Foreground;
  await runForeground(definition, file, errorClasses());
}

/** undefined: there is none, for instance in `node --eval`, which has its arguments in this place. */
function mainFile(): string | undefined {
  const [, file = ""] = process.argv;
  try {
    return path.isAbsolute(file) ? realpathSync(file) : undefined;
  } catch {
    return undefined;
  }
}

/** Of the module that Node has started, which is therefore not loaded again. */
async function exportsOf(file: string): Promise<Record<string, unknown>> {
  const { main } = createRequire(file);
  if (main !== undefined) return { default: main.exports as unknown };
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

function entrypointFor(file: string): string | undefined {
  return [ownFolder(), installedFolder(file)]
    .map((folder) => path.join(folder, "entrypoint.mjs"))
    .find((candidate) => existsSync(candidate));
}

/** The API is built as CommonJS. */
function ownFolder(): string {
  return typeof __dirname === "string" ? __dirname : import.meta.dirname;
}

function installedFolder(file: string): string {
  try {
    return path.dirname(createRequire(file).resolve("bullmq-forker"));
  } catch {
    return "";
  }
}
