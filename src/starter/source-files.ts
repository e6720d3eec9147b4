import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

export interface SourceFile {
  /** Relative to the project's folder. */
  readonly file: string;
  readonly text: string;
}

const skipped = new Set(["node_modules", "coverage", "test", "tests", "__tests__"]);
const most = { files: 3_000, bytes: 512 * 1024 };

/** The JavaScript and TypeScript files of a project that its authors wrote, the shallowest first. `outDir` holds what a build made. */
export function readSourceFiles(folder: string, outDir: string | undefined): SourceFile[] {
  const found: SourceFile[] = [];
  const folders = [""];
  for (let inside = folders.shift(); inside !== undefined && found.length < most.files; inside = folders.shift()) {
    const entries = readdirSync(path.join(folder, inside), { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name))) {
      const file = path.join(inside, entry.name);
      if (entry.name.startsWith(".") || skipped.has(entry.name) || file === outDir) continue;
      if (entry.isDirectory()) folders.push(file);
      else if (entry.isFile() && isSource(entry.name)) found.push(...read(folder, file));
    }
  }
  return found;
}

function isSource(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name) && !/\.(d|test|spec)\.[cm]?[jt]s$/.test(name);
}

function read(folder: string, file: string): SourceFile[] {
  const whole = path.join(folder, file);
  try {
    return statSync(whole).size > most.bytes ? [] : [{ file, text: readFileSync(whole, "utf8") }];
  } catch {
    // The user may not read it, or it was deleted meanwhile.
    return [];
  }
}
