import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ForkerError } from "../exit/forker-error.ts";
import type { BoardBinding } from "./board.ts";
import type { ExecBinding } from "./exec.ts";
import type { ForkBinding } from "./fork.ts";
import type { KeptBytesBinding } from "./kept-bytes.ts";
import { addonDescriptor, startedFromDescriptors } from "./own-descriptors.ts";
import type { ProcessBinding } from "./process.ts";
import type { RestartBinding } from "./restart.ts";
import type { WriteBinding } from "./write.ts";

export type NativeBinding = ForkBinding &
  ProcessBinding &
  ExecBinding &
  BoardBinding &
  WriteBinding &
  KeptBytesBinding &
  RestartBinding;

/** An addon for glibc may load on musl, and fail at the first symbol that musl lacks: each has a file of its own. */
function isMusl(): boolean {
  if (process.platform !== "linux") return false;
  try {
    return readFileSync("/proc/self/maps", "utf8").includes("/ld-musl-");
  } catch {
    // No /proc is mounted here. The report takes longer.
    const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime === undefined;
  }
}

/** The file that build-addon.mjs makes, and that lies beside the bundle. */
export const addonFile = `forker-${process.platform}-${process.arch}${isMusl() ? "-musl" : ""}.node`;

/** In the bundle the addon lies beside the entrypoint; in a source tree in dist/. */
export const addonPath = startedFromDescriptors
  ? `/proc/self/fd/${addonDescriptor}`
  : fileURLToPath(new URL(`${import.meta.url.endsWith(".ts") ? "../../dist" : "."}/${addonFile}`, import.meta.url));

let loaded: NativeBinding | ForkerError | undefined;

/**
 * The addon, loaded at first use. Throws a ForkerError when it is missing, broken or another system's: the caller decides
 * what that means.
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
  // As require() does it, which would look for the place of a file that is only a descriptor any more.
  const module = { exports: {} };
  try {
    process.dlopen(module, addonPath);
    return module.exports as NativeBinding;
  } catch (cause) {
    const [said = ""] = (cause as Error).message.split("\n");
    const why = existsSync(addonPath) ? said.replace(/\.$/, "") : `there is no ${addonPath}`;
    return new ForkerError("system", "ERR_FORKER_ADDON", `the addon cannot be loaded: ${why}`, { cause });
  }
}
