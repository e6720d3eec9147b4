import { openSync, readFileSync, statSync } from "node:fs";
import type { Logger } from "pino";
import { addonPath, addonProblem, native } from "../../native/binding.ts";
import { bundlePath } from "../../native/own-descriptors.ts";

/** How to start one of our own processes. */
export interface StartCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** The bundle and the addon, which go into the places of own-descriptors.ts; none: they are found by path. */
  readonly descriptors: readonly number[];
}

/**
 * The files that every child of init is started from: Node's binary, the bundle and the addon. A deployment may delete or
 * replace them while init runs, and init must not mix its own code with that of another version. So init keeps them open;
 * from the moment that a path no longer leads to the same file, children are started from what was kept.
 *
 * The bundle is a copy, because a build may overwrite it in place. The addon and the binary are mapped here: whoever
 * overwrites those in place ends every process that runs them.
 */
export class OwnFiles {
  readonly #entryFile: string;
  readonly #log: Logger;
  readonly #known: ReadonlyMap<string, string | undefined>;
  readonly #descriptors: StartCommand["descriptors"];
  #isAnnounced = false;

  constructor(entryFile: string, log: Logger) {
    this.#entryFile = entryFile;
    this.#log = log;
    const files = [process.execPath, entryFile, ...(addonProblem() === undefined ? [addonPath] : [])];
    this.#known = new Map(files.map((file) => [file, fingerprint(file)]));
    this.#descriptors = this.#keep();
  }

  startCommand(): StartCommand {
    const changed = [...this.#known].filter(([file, print]) => fingerprint(file) !== print).map(([file]) => file);
    if (changed.length === 0 || this.#descriptors.length === 0)
      return { program: process.execPath, words: [this.#entryFile], descriptors: [] };
    if (!this.#isAnnounced) this.#log.info({ changed }, "forker's own files changed; children start from kept copies");
    this.#isAnnounced = true;
    return {
      // The kernel's link to the binary that runs, which works also after that was deleted.
      program: changed.includes(process.execPath) ? "/proc/self/exe" : process.execPath,
      // Without the option Node would follow the link to where the file no longer is. The last word is for process.argv.
      words: ["--preserve-symlinks-main", bundlePath, this.#entryFile],
      descriptors: this.#descriptors,
    };
  }

  #keep(): StartCommand["descriptors"] {
    // A source tree, in tests: many files.
    if (this.#entryFile.endsWith(".ts")) return [];
    try {
      if (addonProblem() !== undefined) {
        const bundle = openSync(this.#entryFile, "r");
        // Twice: a child closes both, and must not close what libuv has opened in an empty place.
        return [bundle, bundle];
      }
      return [native().keepBytes(readFileSync(this.#entryFile)), openSync(addonPath, "r")];
    } catch (cause) {
      this.#log.warn({ cause: (cause as Error).message }, "forker's own files cannot be kept: do not delete them");
      return [];
    }
  }
}

/** undefined: there is no such file. */
function fingerprint(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(file);
    return [dev, ino, size, mtimeMs].join(" ");
  } catch {
    return undefined;
  }
}
