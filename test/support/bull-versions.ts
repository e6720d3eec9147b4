import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const modules = path.join(import.meta.dirname, "../../node_modules");

/** One release of each major version of BullMQ that forker supports: for 5, the oldest. */
export const supportedBulls = [
  { major: 5, folder: path.join(modules, "bullmq-5") },
  { major: 6, folder: path.join(modules, "bullmq") },
] as const;

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
