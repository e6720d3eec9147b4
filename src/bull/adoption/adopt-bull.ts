import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { createRequire } from "node:module";
import path from "node:path";
import { hasBull } from "../library/bundle-files.ts";
import { type BullModules, backendModule, connectionModule, workerModule } from "../library/worker-parts.ts";
import { adoptBundled } from "./adopt-bundled.ts";
import { adoptClass } from "./adopt-class.ts";
import { AdoptedWorkers } from "./adopted-workers.ts";

/** Of this process. A forked worker inherits those of its template. */
export const adoptedWorkers = new AdoptedWorkers();

const done = new Set<string>();
/** A file of any copy of BullMQ, in the folder that `require` and `import` both load. */
const workerFile = /[\\/]bullmq[\\/]dist[\\/]cjs[\\/]classes[\\/]worker\.js$/;

type Extension = (module: NodeJS.Module, file: string) => void;

/**
 * Call it before the application is loaded: from now on, the Workers that it creates are adopted. BullMQ has no ES modules that
 * Node can load, so `import` and `require` meet in the same files.
 */
export function adoptWorkers(appPath: string): void {
  adoptBundled(adoptedWorkers);
  // A bundle that contains BullMQ probably has no use for the package.
  if (!hasBull(appPath)) adoptCopy(mainFileOf(appPath));
  const extensions = (nodeModule.default as unknown as { _extensions: Record<string, Extension> })._extensions;
  const load = extensions[".js"];
  if (load === undefined || done.has("")) return;
  done.add("");
  // A package of a monorepo may have a copy that the application's own file does not find.
  extensions[".js"] = (module, file) => {
    load(module, file);
    if (workerFile.test(file)) adoptCopy(path.join(path.dirname(file), "../index.js"));
  };
}

/** undefined: the application has none, or not one that can be loaded. It fails when the application loads it. */
function mainFileOf(appPath: string): string | undefined {
  try {
    return createRequire(appPath).resolve("bullmq");
  } catch {
    return undefined;
  }
}

function adoptCopy(mainFile: string | undefined): void {
  if (mainFile === undefined || done.has(mainFile)) return;
  done.add(mainFile);
  const modules = modulesOf(mainFile);
  if (modules !== undefined) adoptClass({ kind: "package", modules, mainFile }, adoptedWorkers);
}

/** undefined: this copy lacks them. loadBull() refuses it. */
function modulesOf(mainFile: string): BullModules | undefined {
  const load = createRequire(mainFile);
  const fileOf = (name: string) => path.join(path.dirname(mainFile), name);
  try {
    load(mainFile);
    const modules = { worker: load(fileOf(workerModule)), connection: load(fileOf(connectionModule)) } as BullModules;
    const hasBackends = existsSync(fileOf(backendModule));
    return hasBackends ? { ...modules, backend: load(fileOf(backendModule)) as BullModules["backend"] } : modules;
  } catch {
    return undefined;
  }
}
