import { spawnSync } from "node:child_process";
import * as nodeModule from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * The place of the syntax error that stopped the import of `file`, as `path:line`. For an ES module, Node prints the place of a
 * fatal error, but the error's stack lacks it. undefined: it is another error, or the stack has the place.
 *
 * The second import fails at the same module, before any of the graph is evaluated; a query makes Node parse the files again.
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

/** `node --check` parses a file without running it; its output begins with the place. */
function placeIn(file: string): string {
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 5000 });
  const [firstLine = ""] = (stderr ?? "").split("\n");
  return firstLine.includes(`${file}:`) ? firstLine.slice(firstLine.indexOf(file)) : file;
}
