import { openSync, readFileSync, statSync } from "node:fs";
import type { Logger } from "pino";
import { addonPath, addonProblem, native } from "../../native/binding.ts";
import { bundlePath } from "../../native/own-descriptors.ts";

/** How to start one of forker's own processes. */
export interface StartCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** The bundle and the addon, passed as the descriptors of own-descriptors.ts. Empty: the child finds them by path. */
  readonly descriptors: readonly number[];
}

/**
 * The files that init starts every child from: Node's binary, the bundle and the addon. A deployment may delete or replace
 * them while init runs, and init must not mix its own code with that of another version. Init therefore keeps them open.
 * Once a path no longer leads to the same file, init starts children from the files that it has kept.
 *
 * Init keeps a copy of the bundle, because a build may overwrite it in place. The addon and the binary are mapped: to
 * overwrite those in place ends every process that runs them.
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
      // The kernel's link to the running binary works even after the binary was deleted.
      program: changed.includes(process.execPath) ? "/proc/self/exe" : process.execPath,
      // Without the option Node would resolve the link to the path of a deleted file. The last word is for process.argv.
      words: ["--preserve-symlinks-main", bundlePath, this.#entryFile],
      descriptors: this.#descriptors,
    };
  }

  #keep(): StartCommand["descriptors"] {
    // Tests run from the source tree, which has many files.
    if (this.#entryFile.endsWith(".ts")) return [];
    try {
      if (addonProblem() !== undefined) {
        const bundle = openSync(this.#entryFile, "r");
        // Twice: a child closes both descriptors, and must not close one that libuv has opened in an unused number.
        return [bundle, bundle];
      }
      return [native().keepBytes(readFileSync(this.#entryFile)), openSync(addonPath, "r")];
    } catch (cause) {
      this.#log.warn(
        { cause: (cause as Error).message },
        "failed to keep forker's own files; do not delete or replace them",
      );
      return [];
    }
  }
}

/** undefined: the file does not exist. */
function fingerprint(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(file);
    return [dev, ino, size, mtimeMs].join(" ");
  } catch {
    return undefined;
  }
}
