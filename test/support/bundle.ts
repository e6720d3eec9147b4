import { renameSync, rmSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";

/** What BullMQ requires if it is there. Bundlers leave it out. */
const optional = ["pg", "redis", "bullmq-otel", "@valkey/valkey-glide"];

/** What CommonJS code in an ES module needs; esbuild's documentation recommends it. */
export const commonJsNames = `import { createRequire as _createRequire } from "node:module";
const require = _createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`;

/** Bundles a file with everything that it imports, for Node. */
export async function bundle(from: string, to: string, options: BuildOptions = {}): Promise<void> {
  await build({
    entryPoints: [from],
    outfile: to,
    bundle: true,
    platform: "node",
    target: "node22",
    format: to.endsWith(".mjs") ? "esm" : "cjs",
    ...(to.endsWith(".mjs") && { banner: { js: commonJsNames } }),
    external: optional,
    logLevel: "error",
    ...options,
  });
}

/**
 * Replaces an application of one file by its bundle, for a machine without packages. Next to it is BullMQ's file for sandboxed
 * processors, where BullMQ looks for it.
 */
export async function bundleApplication(
  folder: string,
  from: string,
  to: string,
  options?: BuildOptions,
): Promise<void> {
  const modules = path.join(folder, "node_modules");
  await bundle(path.join(folder, from), path.join(folder, to), options);
  await bundle(path.join(modules, "bullmq/dist/cjs/classes/main.js"), path.join(folder, "main.js"), { format: "cjs" });
  renameSync(modules, path.join(folder, "packages"));
  rmSync(path.join(folder, from));
}
