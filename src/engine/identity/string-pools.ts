import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Since version 6, nanoid keeps its pool as a string, which cannot be refilled from outside. A call for as many characters as a
 * pool can hold uses up the whole pool, so each child starts with a new one.
 */
const longestPool = 32_768;
const firstVersion = 6;

const moduleInStack = /((?:file:\/\/)?\/[^\s():]*\/node_modules\/nanoid\/)[^\s():/]+\.js/;

/** Folders of the copies of nanoid that have drawn since their pools were last emptied. */
const used = new Set<string>();
const generators = new Map<string, ((size: number) => string) | undefined>();
let emptying = false;

/** Called at every draw of random bytes. Notes the copy of nanoid that is on the stack, if any. */
export function noteDrawer(): void {
  if (emptying) return;
  const found = moduleInStack.exec(new Error("who draws").stack ?? "")?.[1];
  // In a URL, spaces are encoded.
  if (found !== undefined) used.add(found.startsWith("file:") ? fileURLToPath(found) : found);
}

/** Call it in the template before a fork. */
export async function emptyStringPools(): Promise<void> {
  for (const folder of used) {
    if (!generators.has(folder)) generators.set(folder, await generatorOf(folder));
    emptying = true;
    try {
      generators.get(folder)?.(longestPool);
    } finally {
      emptying = false;
    }
  }
  used.clear();
}

async function generatorOf(folder: string): Promise<((size: number) => string) | undefined> {
  try {
    const { version } = JSON.parse(readFileSync(`${folder}package.json`, "utf8")) as { version: string };
    if (Number.parseInt(version, 10) < firstVersion) return undefined;
    const { nanoid } = (await import(pathToFileURL(`${folder}index.js`).href)) as { nanoid?: (size: number) => string };
    return nanoid;
  } catch {
    // A copy with another file layout is ignored, like a copy inside a bundle, which cannot be detected.
    return undefined;
  }
}
