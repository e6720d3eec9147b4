import { accessSync, constants, readdirSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { nearest } from "../config/nearest.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { findClosedPath } from "../privileges/closed-path.ts";
import { reasonOf } from "./reason.ts";
import { placeOfSyntaxError } from "./syntax-error.ts";

/**
 * A file's real path, with symlinks resolved now. Throws a ForkerError that begins with `subject` and says what was found
 * instead.
 */
export function locateFile(file: string, subject: string): string {
  try {
    const real = realpathSync(file);
    if (statSync(real).isDirectory()) return refuse(subject, `got a directory: ${file}`);
    accessSync(real, constants.R_OK);
    return real;
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    switch ((cause as NodeJS.ErrnoException).code ?? "") {
      case "ENOENT":
      case "ENOTDIR":
        return refuse(subject, `got none at ${file}${similarFile(file)}`);
      case "EACCES":
        return refuse(subject, closedText(file));
      case "ELOOP":
        return refuse(subject, `got a circle of symlinks: ${file}`);
      default:
        return refuse(subject, `got a file that cannot be read: ${file}: ${reasonOf(cause)}`);
    }
  }
}

function closedText(file: string): string {
  const closed = findClosedPath(file);
  if (closed === undefined) return `${file} may not be read`;
  return `${closed.problem}; allow it (${closed.remedy}), or set FORKER_USER to a user who may`;
}

function refuse(subject: string, got: string): never {
  throw new ForkerError("noApp", "ERR_FORKER_NO_APP", `${subject}: expected a JavaScript or TypeScript file, ${got}`);
}

function similarFile(file: string): string {
  try {
    const meant = nearest(path.basename(file), readdirSync(path.dirname(file)));
    return meant === undefined ? "" : `; did you mean ${path.join(path.dirname(file), meant)}?`;
  } catch {
    return "";
  }
}

/** Imports a file. What the module throws becomes a ForkerError (bootFailure) with that as its cause. */
export async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    const problem = languageProblem(cause, file);
    if (problem !== undefined)
      throw new ForkerError("badApp", "ERR_FORKER_APP_LANGUAGE", `${file}: ${problem}`, { cause });
    const place = await placeOfSyntaxError(cause, file);
    const reason = place === undefined ? reasonOf(cause) : `${reasonOf(cause)} at ${place}`;
    throw new ForkerError("bootFailure", "ERR_FORKER_BOOT", `${file} failed to load: ${reason}`, { cause });
  }
}

/** For a file that this Node cannot run: the user's mistake, for which a stack is of no help. */
function languageProblem(cause: unknown, file: string): string | undefined {
  // An application may throw anything, also undefined.
  if (!(cause instanceof Error)) return undefined;
  const { code, message }: NodeJS.ErrnoException = cause;
  switch (code ?? "") {
    case "ERR_UNKNOWN_FILE_EXTENSION":
      if (!message.includes(file)) return undefined;
      return /\.[cm]?tsx?$/.test(file)
        ? "expected a file that Node can run, got TypeScript, and this Node does not strip its types; compile it, or allow it to (node --help, --experimental-strip-types)"
        : `expected a .mjs, .cjs, .js or .ts file, got ${path.extname(file)}`;
    case "ERR_IMPORT_ATTRIBUTE_MISSING":
      return message.includes(file) ? `expected a .mjs, .cjs, .js or .ts file, got ${path.extname(file)}` : undefined;
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `expected TypeScript with types that Node can strip, got ${reasonOf(cause)}; avoid that syntax, or compile the file`;
    default:
      return undefined;
  }
}

/**
 * A module's default export. A CommonJS module's is `module.exports`, or its `default` if the module was compiled
 * from an ES module.
 */
export function defaultExport(module: Record<string, unknown>): unknown {
  const value = module["default"];
  if (typeof value === "object" && value !== null && "__esModule" in value && "default" in value) return value.default;
  return value;
}
