import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ForkerError } from "../exit/forker-error.ts";
import type { BoardBinding } from "./board.ts";
import type { ExecBinding } from "./exec.ts";
import type { ForkBinding } from "./fork.ts";
import type { KeptBytesBinding } from "./kept-bytes.ts";
import type { MemoryPressureBinding } from "./memory-pressure.ts";
import type { NotifyBinding } from "./notify.ts";
import { addonDescriptor, startedFromDescriptors } from "./own-descriptors.ts";
import type { ProcessBinding } from "./process.ts";
import type { RestartBinding } from "./restart.ts";
import type { SocketsBinding } from "./sockets.ts";
import type { WriteBinding } from "./write.ts";

export type NativeBinding = ForkBinding &
  ProcessBinding &
  ExecBinding &
  BoardBinding &
  WriteBinding &
  KeptBytesBinding &
  RestartBinding &
  SocketsBinding &
  NotifyBinding &
  MemoryPressureBinding;

/** An addon built for glibc may load on musl and fail at the first symbol that musl lacks, so each libc has its own file. */
function isMusl(): boolean {
  if (process.platform !== "linux") return false;
  try {
    return readFileSync("/proc/self/maps", "utf8").includes("/ld-musl-");
  } catch {
    // /proc is not mounted. The report takes longer.
    const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime === undefined;
  }
}

/** The file that build-addon.mjs creates. */
export const addonFile = `forker-${process.platform}-${process.arch}${isMusl() ? "-musl" : ""}.node`;

/** The addon is next to the bundled entrypoint, or in dist/ of a source tree. */
export const addonPath = startedFromDescriptors
  ? `/proc/self/fd/${addonDescriptor}`
  : fileURLToPath(new URL(`${import.meta.url.endsWith(".ts") ? "../../dist" : "."}/${addonFile}`, import.meta.url));

let loaded: NativeBinding | ForkerError | undefined;

/** The addon, loaded at first use. Throws a ForkerError if it is missing, broken or built for another system. */
export function native(): NativeBinding {
  loaded ??= load();
  if (loaded instanceof ForkerError) throw loaded;
  return loaded;
}

/** Why the addon cannot be loaded, in one line. undefined: it is loaded. */
export function addonProblem(): string | undefined {
  try {
    native();
    return undefined;
  } catch (cause) {
    return (cause as ForkerError).message;
  }
}

function load(): NativeBinding | ForkerError {
  // Not require(), which would resolve the path of a file that may exist only as a descriptor.
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
