import type { Frame } from "./frames.ts";

/** forker's own code is nobody's answer: in the bundle that is one file, in a source tree a folder. */
const own = decodeURIComponent(
  new URL(import.meta.url.endsWith(".ts") ? "../.." : import.meta.url, import.meta.url).pathname,
);

/** Those of Node's own files that a user knows by another name. */
const ofNode: readonly (readonly [file: RegExp, name: string])[] = [
  [/^node:internal\/modules\/(esm\/hooks|customization_hooks)$/, "module.register()"],
  [/^node:internal\/deps\/undici\//, "fetch()"],
];

/** `, made by ioredis for bullmq at /app/queues.mjs:3`: who opened it, for whom, and the application's line that led to it. */
export function originOf(frames: readonly Frame[]): string {
  const names = [...new Set(frames.map(({ file }) => makerOf(file)).filter((name) => name !== undefined))];
  const place = frames.find(({ file }) => isOfApplication(file));
  const [maker] = names;
  const asker = names.at(-1);
  const who = maker === undefined ? "" : ` by ${maker}${asker === maker ? "" : ` for ${asker}`}`;
  const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
  return who + where === "" ? "" : `, made${who}${where}`;
}

function makerOf(file: string): string | undefined {
  return ofNode.find(([pattern]) => pattern.test(file))?.[1] ?? packageOf(file);
}

/** What nobody saw being made may come from what Node loads before the application, and before us. */
export function originOfPreloads(): string {
  const words = process.env["NODE_OPTIONS"]?.match(/(?:--import|--require|--(?:experimental-)?loader|-r)[= ]\S+/g);
  return words === null || words === undefined ? "" : `, perhaps made by NODE_OPTIONS="${words.join(" ")}"`;
}

/** The package whose file it is, the innermost of nested ones. */
export function packageOf(file: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

function isOfApplication(file: string): boolean {
  return file.startsWith("/") && !file.startsWith(own) && packageOf(file) === undefined;
}
