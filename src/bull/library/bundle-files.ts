import { readFileSync, statSync } from "node:fs";
import { ForkerError } from "../../exit/forker-error.ts";
import { loadedFiles } from "./loaded-packages.ts";
import { lacksMarks } from "./marks.ts";

/** A string in BullMQ's own code, in every version. */
const textOfBull = "bullmq:rateLimitExceeded";
/** BullMQ alone is larger. Smaller files need not be read. */
const minimumBundleBytes = 100_000;

/** What an application in a bundle can do in any case. */
export const bundleAdvice =
  "let the bundler leave out bullmq and ioredis (--external:bullmq --external:ioredis) and install them, or pass the copy to defineForker({ bullmq })";

/** The application's own file and the CommonJS files that it has loaded, as far as BullMQ is inside them. */
export function bundlesWithBull(appFile: string): string[] {
  const files = new Set([appFile, ...loadedFiles().filter((file) => !file.includes("node_modules"))]);
  return [...files].filter(hasBull);
}

export function hasBull(file: string): boolean {
  return textOf(file)?.includes(textOfBull) === true;
}

/**
 * Throws a ForkerError, before the application is loaded, if BullMQ is inside its file and the bundler has renamed the methods of
 * its Worker: forker would not notice the Workers.
 */
export function refuseRenamed(appFile: string): void {
  if (isRenamed(appFile)) throw unrecognized(`those of the copy inside ${appFile}`);
}

/**
 * Throws a ForkerError if BullMQ is inside the application's bundle, and forker will not notice its Workers, or it has created
 * none and nothing is left that could (`isOver`).
 */
export function refuseBundle(appFile: string, isOver: boolean): void {
  const bundles = bundlesWithBull(appFile);
  for (const bundle of bundles) if (isRenamed(bundle)) throw unrecognized(`those of the copy inside ${bundle}`);
  const [first] = bundles;
  if (first === undefined || !isOver) return;
  throw new ForkerError(
    "badConfig",
    "ERR_FORKER_BUNDLED_BULLMQ",
    `application: expected a Worker of the BullMQ inside ${first}, got none; create one, or ${bundleAdvice}`,
  );
}

function isRenamed(file: string): boolean {
  const text = textOf(file);
  return text?.includes(textOfBull) === true && lacksMarks(text);
}

export function unrecognized(found: string): ForkerError {
  return new ForkerError(
    "badConfig",
    "ERR_FORKER_BUNDLED_BULLMQ",
    `application: expected BullMQ's Workers with the names of their methods, got ${found} with names that the bundler has changed; ` +
      `do not let it rename properties, or ${bundleAdvice}`,
  );
}

function textOf(file: string): string | undefined {
  try {
    return statSync(file).size < minimumBundleBytes ? undefined : readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
