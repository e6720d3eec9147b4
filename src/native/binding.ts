import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ForkerError } from "../exit/forker-error.ts";
import type { BoardBinding } from "./board.ts";
import type { ExecBinding } from "./exec.ts";
import type { ForkBinding } from "./fork.ts";
import type { ProcessBinding } from "./process.ts";
import type { WriteBinding } from "./write.ts";

export type NativeBinding = ForkBinding & ProcessBinding & ExecBinding & BoardBinding & WriteBinding;

const require = createRequire(import.meta.url);

/** An addon for glibc may load on musl, and fail at the first symbol that musl lacks: each has a file of its own. */
const isMusl = process.platform === "linux" && readFileSync("/proc/self/maps", "utf8").includes("/ld-musl-");

/** The file that build-addon.mjs makes, and that lies beside the bundle. */
export const addonFile = `forker-${process.platform}-${process.arch}${isMusl ? "-musl" : ""}.node`;

let loaded: NativeBinding | ForkerError | undefined;

/**
 * The addon, loaded at first use. In the bundle it lies beside the entrypoint; in a source tree in dist/.
 * Throws a ForkerError when it is missing, broken or another system's: the caller decides what that means.
 */
export function native(): NativeBinding {
  loaded ??= load();
  if (loaded instanceof ForkerError) throw loaded;
  return loaded;
}

/** Why there is no addon, in one line; undefined if there is one. */
export function addonProblem(): string | undefined {
  try {
    native();
    return undefined;
  } catch (cause) {
    return (cause as ForkerError).message;
  }
}

function load(): NativeBinding | ForkerError {
  const beside = fileURLToPath(new URL(`./${addonFile}`, import.meta.url));
  const built = fileURLToPath(new URL(`../../dist/${addonFile}`, import.meta.url));
  const file = import.meta.url.endsWith(".ts") ? built : beside;
  try {
    return require(file) as NativeBinding;
  } catch (cause) {
    const [why] = existsSync(file) ? (cause as Error).message.split("\n") : [`there is no ${file}`];
    return new ForkerError("system", "ERR_FORKER_ADDON", `the addon cannot be loaded: ${why}`, { cause });
  }
}
