import { readFileSync, statSync } from "node:fs";
import { ForkerError } from "../exit/forker-error.ts";
import { token } from "./environment-value.ts";
import { Refused } from "./refused.ts";
import type { Settings } from "./settings.ts";

/** A token has at most 512 characters. */
const mostBytes = 4_096;

/** The settings with the token of FORKER_HTTP_TOKEN_FILE. Throws a ForkerError with a line that says what is wrong. */
export function withTokenOfFile(settings: Settings): Settings {
  const { httpTokenFile: file } = settings;
  if (file === undefined) return settings;
  if (settings.httpToken !== undefined) throw refused("FORKER_HTTP_TOKEN is set, too; set one of the two");
  const httpToken = token(read(file).trim());
  if (!(httpToken instanceof Refused)) return { ...settings, httpToken };
  throw refused(`expected a token of 16 to 512 visible ASCII characters in ${file}, got ${httpToken.got}`);
}

function read(file: string): string {
  try {
    const found = statSync(file);
    // PID 1 must not wait for the writer of a pipe.
    if (!found.isFile()) throw new Error("it is not a file");
    if (found.size > mostBytes) throw new Error(`it has ${found.size} bytes`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw refused(`cannot read ${file}: ${(cause as Error).message}`, cause);
  }
}

function refused(why: string, cause?: unknown): ForkerError {
  return new ForkerError("badConfig", "ERR_FORKER_HTTP_TOKEN_FILE", `FORKER_HTTP_TOKEN_FILE: ${why}`, { cause });
}
