import type { Frame } from "./frames.ts";

/** forker's own code, which is never named as an origin: one file in the bundle, a folder in a source tree. */
const own = decodeURIComponent(
  new URL(import.meta.url.endsWith(".ts") ? "../.." : import.meta.url, import.meta.url).pathname,
);

/** Node's own files that users know by another name. */
const ofNode: readonly (readonly [file: RegExp, name: string])[] = [
  [/^node:internal\/modules\/(esm\/hooks|customization_hooks)$/, "module.register()"],
  [/^node:internal\/deps\/undici\//, "fetch()"],
];

/**
 * `, created by ioredis for bullmq at /app/queues.mjs:3`: the package that created it, the package that requested it, and the
 * line of the application that led to it.
 */
export function originOf(frames: readonly Frame[]): string {
  const names = [...new Set(frames.map(({ file }) => makerOf(file)).filter((name) => name !== undefined))];
  const place = frames.find(({ file }) => isOfApplication(file));
  const [maker] = names;
  const asker = names.at(-1);
  const who = maker === undefined ? "" : ` by ${maker}${asker === maker ? "" : ` for ${asker}`}`;
  const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
  return who + where === "" ? "" : `, created${who}${where}`;
}

function makerOf(file: string): string | undefined {
  if (isOwn(file)) return undefined;
  return ofNode.find(([pattern]) => pattern.test(file))?.[1] ?? packageOf(file);
}

/** Forker's frames begin each stack, which the check's hook captures, and end it, because forker imports the application. */
export function isOwn(file: string): boolean {
  return file.startsWith(own) || packageOf(file) === "bullmq-forker";
}

/** The origin of something older than the tracking: NODE_OPTIONS loads modules before the application and before forker. */
export function originOfPreloads(): string {
  const words = process.env["NODE_OPTIONS"]?.match(/(?:--import|--require|--(?:experimental-)?loader|-r)[= ]\S+/g);
  return words === null || words === undefined ? "" : `, possibly created by NODE_OPTIONS="${words.join(" ")}"`;
}

/** The package that contains the file. If packages are nested, the innermost. */
export function packageOf(file: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

function isOfApplication(file: string): boolean {
  return file.startsWith("/") && !isOwn(file) && packageOf(file) === undefined;
}
