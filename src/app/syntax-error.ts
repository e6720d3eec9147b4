import { spawnSync } from "node:child_process";
import * as nodeModule from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Where a syntax error is that stopped the import of `file`, as `path:line`. Node keeps the place of one in an ES module
 * to itself (its fatal errors print it, the error's stack lacks it). undefined: it is no such error, or the stack says it.
 *
 * The graph fails again at the same module, before any of it is evaluated; a query makes Node look at it again.
 */
export async function placeOfSyntaxError(cause: unknown, file: string): Promise<string | undefined> {
  if (!(cause instanceof SyntaxError) || /file:\/\/|^\//m.test(cause.stack ?? "")) return undefined;
  let culprit: string | undefined;
  const hooks = nodeModule.registerHooks({
    load(url, context, nextLoad) {
      culprit = url;
      return nextLoad(url, context);
    },
  });
  try {
    await import(`${pathToFileURL(file).href}?place-of-syntax-error`);
    return undefined;
  } catch {
    return culprit?.startsWith("file://") ? placeIn(fileURLToPath(culprit)) : undefined;
  } finally {
    hooks.deregister();
  }
}

/** `node --check` parses without running, and begins what it prints with the place. */
function placeIn(file: string): string {
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 5000 });
  const [firstLine = ""] = (stderr ?? "").split("\n");
  return firstLine.includes(`${file}:`) ? firstLine.slice(firstLine.indexOf(file)) : file;
}
