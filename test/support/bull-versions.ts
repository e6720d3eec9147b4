import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseVersion, type Version } from "../../src/bull/library/versions.ts";

const modules = path.join(import.meta.dirname, "../../node_modules");

export interface TestedBull {
  readonly version: Version;
  readonly folder: string;
}

const named = process.env["FORKER_TEST_BULL"];
const bulls = (...names: string[]) => (named ? [named] : names.map((name) => path.join(modules, name))).map(bullIn);

/** The newest release of each major version of BullMQ that forker supports, or the one that FORKER_TEST_BULL names. */
export const newestBulls: readonly TestedBull[] = bulls("bullmq-5", "bullmq");

/** The oldest and the newest minor version of each major version, or the one that FORKER_TEST_BULL names. */
export const supportedBulls: readonly TestedBull[] = bulls("bullmq-5.0", "bullmq-5", "bullmq-6.0", "bullmq");

function bullIn(folder: string): TestedBull {
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { version: string };
  return { version: parseVersion(version), folder };
}

/** An application with this BullMQ, and the ioredis that comes with it. */
export function applicationWith(bullFolder: string, code = "export default {};"): { path: string } & Disposable {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-app-"));
  mkdirSync(path.join(folder, "node_modules"));
  symlinkSync(bullFolder, path.join(folder, "node_modules/bullmq"));
  writeFileSync(path.join(folder, "workers.mjs"), code);
  return {
    path: path.join(folder, "workers.mjs"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
