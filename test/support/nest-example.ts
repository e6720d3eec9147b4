import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../../examples/nest", import.meta.url));
const compiler = path.join(example, "node_modules/typescript/bin/tsc");

/**
 * examples/nest, compiled against the packages that are installed in a folder. That folder's package.json also decides whether
 * the result is CommonJS.
 */
export function buildNestExample(packages: string = example): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-nest-"));
  cpSync(path.join(packages, "package.json"), path.join(folder, "package.json"));
  symlinkSync(path.join(packages, "node_modules"), path.join(folder, "node_modules"));
  for (const name of ["src", "tsconfig.json"])
    cpSync(path.join(example, name), path.join(folder, name), { recursive: true });
  execFileSync(process.execPath, [compiler, "-p", folder], { stdio: "inherit" });
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
