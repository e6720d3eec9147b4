import type { Logger } from "pino";
import { bundlesWithBull } from "./bundle-files.ts";
import type { Bull } from "./load-bull.ts";
import { loadedPackages, packageOfWorker } from "./loaded-packages.ts";

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
  // The application's copy, if it is not a package, may be in any of its files.
  const isInside = own === undefined && (bull.origin === "given" || bull.origin === "found");
  const bundles = isInside ? [] : bundlesWithBull(appFile);
  const others = [
    ...packages.map(({ version, file }) => `${version.text} in ${file}`),
    ...bundles.map((file) => `one inside ${file}`),
  ];
  if (others.length === 0) return undefined;
  const where = isInside ? "inside the application's bundle" : own === undefined ? `(${bull.origin})` : `in ${own}`;
  const used = `${bull.version} ${where}`;
  return `${others.length + 1} copies of BullMQ in one process: forker uses ${used}, and the application has also loaded ${others.join(", ")}: ${advice}`;
}

/** Called with an error of another copy. Warns of that once, unless the copy was found when the application was loaded. */
export function warnOfCopyOnce(bull: Bull, appFile: string, log: Logger): (error: Error) => void {
  // The classes of a copy inside a bundle are not known: its errors look like those of another copy.
  let isKnown: boolean | undefined = bull.origin === "found" ? true : undefined;
  return ({ name }) => {
    isKnown ??= describeCopies(bull, appFile) !== undefined;
    if (isKnown) return;
    isKnown = true;
    log.warn({ error: name }, `a processor threw an error of another copy of BullMQ: ${advice}`);
  };
}
