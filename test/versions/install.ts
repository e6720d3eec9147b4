import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Combination } from "./combinations.ts";

const folder = path.join(import.meta.dirname, "../../.run/versions");
const app = path.join(import.meta.dirname, "app");
const installTimeoutMs = 600_000;

/** A project with these versions and the application. It is installed once, and kept. */
export function installed({ bullmq, ioredis }: Pick<Combination, "bullmq" | "ioredis">): string {
  const project = path.join(folder, `bullmq-${bullmq}-ioredis-${ioredis}`);
  if (!existsSync(project)) install(project, { bullmq, ioredis });
  cpSync(app, project, { recursive: true });
  return project;
}

function install(project: string, dependencies: Readonly<Record<string, string>>): void {
  const unfinished = `${project}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(path.join(unfinished, "package.json"), JSON.stringify({ private: true, dependencies }));
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", words, { cwd: unfinished, stdio: ["ignore", "pipe", "inherit"], timeout: installTimeoutMs });
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, project);
}
