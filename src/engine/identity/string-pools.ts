import { readFileSync } from "node:fs";

/**
 * nanoid keeps its pool as a string from version 6 on, which nobody can fill anew from outside. But whoever asks for as many
 * characters as a pool may have gets a whole one, and leaves an empty one behind: children then begin with their own.
 */
const longestPool = 32_768;
const firstVersion = 6;

const moduleInStack = /(?:file:\/\/)?(\/[^\s():]*\/node_modules\/nanoid\/)[^\s():/]+\.js/;

/** Folders of the copies that have drawn since their pools were emptied. */
const used = new Set<string>();
const generators = new Map<string, ((size: number) => string) | undefined>();
let emptying = false;

/** Called wherever random bytes are drawn, with somebody of the library on the stack or not. */
export function noteDrawer(): void {
  if (emptying) return;
  const folder = moduleInStack.exec(new Error("who draws").stack ?? "")?.[1];
  if (folder !== undefined) used.add(folder);
}

/** In the template, before it forks. */
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
    const { nanoid } = (await import(`file://${folder}index.js`)) as { nanoid?: (size: number) => string };
    return nanoid;
  } catch {
    // A copy that is laid out in another way: as good as one in a bundle, which is not seen either.
    return undefined;
  }
}
