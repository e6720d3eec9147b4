import { createRequire } from "node:module";
import path from "node:path";
import { versionOf } from "./resolve-package.ts";
import type { Version } from "./versions.ts";

/** A package of BullMQ that this process has loaded. */
export interface LoadedPackage {
  readonly version: Version;
  /** The module that `require` loads. */
  readonly file: string;
  readonly Worker: unknown;
}

interface CachedModule {
  readonly exports?: { readonly Worker?: unknown };
}

/** The module that defines Worker in every version, even when a package manager has given the package's folder another name. */
const workerModule = /[\\/]dist[\\/]\w+[\\/]classes[\\/]worker\.js$/;

/** Each copy of BullMQ that was loaded as a package, by `require` or `import`. */
export function loadedPackages(): LoadedPackage[] {
  return loadedFiles().flatMap((file) => {
    if (!workerModule.test(file)) return [];
    const version = versionOf("bullmq", file);
    if (version === undefined) return [];
    return [{ version, file: path.join(path.dirname(file), "../index.js"), Worker: modules()[file]?.exports?.Worker }];
  });
}

/** The package that this class of Worker is from. undefined: it is part of another file. */
export function packageOfWorker(Worker: unknown): LoadedPackage | undefined {
  return loadedPackages().find((one) => one.Worker === Worker);
}

/** The CommonJS files that this process has loaded. Node does not list ES modules. */
export function loadedFiles(): string[] {
  return Object.keys(modules());
}

function modules(): Readonly<Record<string, CachedModule | undefined>> {
  return createRequire(import.meta.url).cache;
}
