import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { ExecBinding } from "./exec.ts";
import type { ForkBinding } from "./fork.ts";
import type { ProcessBinding } from "./process.ts";

export type NativeBinding = ForkBinding & ProcessBinding & ExecBinding;

const require = createRequire(import.meta.url);

/** The file that build.mjs makes, and that lies beside the bundle. */
export const addonFile = `forker-${process.platform}-${process.arch}.node`;

let loaded: NativeBinding | undefined;

/**
 * The addon, loaded at first use. In the bundle it lies beside the entrypoint; in a source tree in dist/.
 * Throws what `require` throws when it is missing or was built for another system: the caller decides what that means.
 */
export function native(): NativeBinding {
  loaded ??= load();
  return loaded;
}

function load(): NativeBinding {
  const beside = fileURLToPath(new URL(`./${addonFile}`, import.meta.url));
  const built = fileURLToPath(new URL(`../../dist/${addonFile}`, import.meta.url));
  return require(import.meta.url.endsWith(".ts") ? built : beside) as NativeBinding;
}
