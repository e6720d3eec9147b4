import { readFileSync, statSync } from "node:fs";
import type { Logger } from "pino";
import { ForkerError } from "../../exit/forker-error.ts";
import type { Bull } from "./load-bull.ts";
import { loadedFiles, loadedPackages, packageOfWorker } from "./loaded-packages.ts";

/** A string in BullMQ's own code, in every version. */
const textOfBull = "bullmq:rateLimitExceeded";
/** BullMQ alone is larger. Smaller files need not be read. */
const minimumBundleBytes = 100_000;
const advice =
  "remove one (npm ls bullmq), let the bundler leave bullmq out (--external:bullmq), or pass the application's copy to defineForker({ bullmq })";

/**
 * Describes the copies of BullMQ in this process, if there are others than the one that forker uses. Two copies do not know each
 * other's classes: neither errors nor Workers. A copy inside a bundle is found in the application's own file and in the CommonJS
 * files that it has loaded.
 */
export function describeCopies(bull: Bull, appFile: string): string | undefined {
  const own = packageOfWorker(bull.api.Worker)?.file;
  const packages = loadedPackages().filter(({ file }) => file !== own);
  // A given copy that is not a package may be in any of the application's files.
  const bundles = bull.origin === "given" && own === undefined ? [] : bundlesWithBull(appFile);
  const others = [
    ...packages.map(({ version, file }) => `${version.text} in ${file}`),
    ...bundles.map((file) => `one inside ${file}`),
  ];
  if (others.length === 0) return undefined;
  const used = own === undefined ? `${bull.version} (${bull.origin})` : `${bull.version} in ${own}`;
  return `${others.length + 1} copies of BullMQ in one process: forker uses ${used}, and the application has also loaded ${others.join(", ")}: ${advice}`;
}

/** Called with an error of another copy. Warns of that once, unless the copy was found when the application was loaded. */
export function warnOfCopyOnce(bull: Bull, appFile: string, log: Logger): (error: Error) => void {
  let isKnown: boolean | undefined;
  return ({ name }) => {
    isKnown ??= describeCopies(bull, appFile) !== undefined;
    if (isKnown) return;
    isKnown = true;
    log.warn({ error: name }, `a processor threw an error of another copy of BullMQ: ${advice}`);
  };
}

/** Throws a ForkerError if BullMQ is inside the application's bundle: forker adopts the Workers of a package. */
export function refuseBundle(appFile: string): void {
  const [bundle] = bundlesWithBull(appFile);
  if (bundle === undefined) return;
  throw new ForkerError(
    "badConfig",
    "ERR_FORKER_BUNDLED_BULLMQ",
    `application: expected Workers of the package bullmq, got those of a copy inside ${bundle}, which forker cannot adopt; ` +
      "let the bundler leave out bullmq and ioredis (--external:bullmq --external:ioredis), or pass the copy to defineForker({ bullmq })",
  );
}

function bundlesWithBull(appFile: string): string[] {
  const files = new Set([appFile, ...loadedFiles().filter((file) => !file.includes("node_modules"))]);
  return [...files].filter(hasBull);
}

function hasBull(file: string): boolean {
  try {
    return statSync(file).size >= minimumBundleBytes && readFileSync(file, "utf8").includes(textOfBull);
  } catch {
    return false;
  }
}
