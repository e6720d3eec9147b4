import path from "node:path";
import type { SourceFile } from "./source-files.ts";

/** The file that forker is given. */
export interface Application {
  /** As it is when the project was built. */
  readonly file: string;
  /** The file that defines it, if the project has one. */
  readonly source: string | undefined;
  /** It sets forker.workload, over which WORKLOAD would win. */
  readonly setsWorkload: boolean;
}

export interface WorkerQueue {
  readonly queue: string;
  readonly file: string;
}

/** The first file that calls defineForker(), or workers.mjs, which is to be written. */
export function findApplication(
  sources: readonly SourceFile[],
  build: { readonly outDir: string; readonly rootDir: string } | undefined,
): Application {
  const found = sources.find(({ text }) => /\bdefineForker\s*\(/.test(text));
  if (found === undefined) return { file: "workers.mjs", source: undefined, setsWorkload: false };
  const isCompiled = build !== undefined && /\.[cm]?ts$/.test(found.file);
  return {
    file: isCompiled ? compiledFile(found.file, build) : found.file,
    source: found.file,
    setsWorkload: /\.workload\s*=/.test(found.text),
  };
}

/** Where tsc puts it. */
function compiledFile(
  file: string,
  { outDir, rootDir }: { readonly outDir: string; readonly rootDir: string },
): string {
  const inside = path.relative(rootDir, file);
  const place = inside.startsWith("..") ? file : inside;
  return path.join(outDir, place.replace(/ts$/, "js"));
}

/** The queues for which the sources make a Worker whose name is written out. */
export function queuesIn(sources: readonly SourceFile[]): WorkerQueue[] {
  const found = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\bnew Worker(?:<[^>()]*>)?\(\s*(["'`])([\w.@-]+)\1/g)].map(([, , queue = ""]) => ({
      queue,
      file,
    })),
  );
  return found.filter(({ queue }, index) => found.findIndex((other) => other.queue === queue) === index);
}
