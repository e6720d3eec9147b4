import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Application, findApplication, queuesIn, type WorkerQueue } from "./find-application.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { mistake } from "./mistake.ts";
import { nodeMajorFor } from "./node-version.ts";
import { type PackageManager, packageManagerFiles, packageManagerOf } from "./package-manager.ts";
import { readSourceFiles } from "./source-files.ts";

/** What `forker init` has found in a folder. */
export interface Project {
  /** Without its scope, as a part of an image's name. */
  readonly name: string;
  readonly version: string;
  readonly packageManager: PackageManager;
  readonly nodeMajor: number;
  /** undefined: the application runs as it is written. */
  readonly build: Build | undefined;
  readonly application: Application;
  /** What `npm start` runs. */
  readonly startFile: string | undefined;
  /** Of `new Worker("name", …)` in the sources. */
  readonly queues: readonly WorkerQueue[];
  readonly dependsOnForker: boolean;
  /** Ports that the project itself appears to use. */
  readonly ports: ReadonlySet<number>;
  /** The text of a file that exists. */
  readonly read: (file: string) => string | undefined;
}

export interface Build {
  readonly outDir: string;
  readonly rootDir: string;
}

export function readProject(folder: string): Project {
  const read = (file: string) => readIfThere(path.join(folder, file));
  const text = read("package.json");
  if (text === undefined)
    throw mistake("noApp", `expected a package.json in ${folder}, got none; run this in your project's folder`);
  const manifest = parseManifest(text);
  requireOwnLock(folder, read);
  const build = buildOf(manifest, read);
  const sources = readSourceFiles(folder, build?.outDir);
  return {
    name: imageName(manifest.name ?? path.basename(folder)),
    version: manifest.version ?? "1.0.0",
    packageManager: packageManagerOf(read, manifest.packageManager),
    nodeMajor: nodeMajorOf(manifest.nodeRange),
    build,
    application: findApplication(sources, build),
    startFile: startFileOf(manifest),
    queues: queuesIn(sources),
    dependsOnForker: manifest.dependencies.has("bullmq-forker"),
    ports: portsIn([...manifest.scripts.values(), read(".env") ?? "", read(".env.example") ?? ""]),
    read,
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR") return undefined;
    throw mistake("system", `could not read ${file}: ${(cause as Error).message}`, cause);
  }
}

/** A package of a workspace is installed by the lock file at the top, which an image built from its own folder lacks. */
function requireOwnLock(folder: string, read: (file: string) => string | undefined): void {
  const locks = packageManagerFiles.filter((file) => /lock|shrinkwrap/.test(file));
  if (locks.some((file) => read(file) !== undefined)) return;
  for (let above = path.dirname(folder); above !== path.dirname(above); above = path.dirname(above)) {
    const lock = locks.find((file) => existsSync(path.join(above, file)));
    if (lock === undefined || !existsSync(path.join(above, "package.json"))) continue;
    const found = `${path.join(above, lock)}, of a workspace`;
    const advice = "copy what the workspace's own Dockerfile does, and end it as docs/CONTAINERS.md shows";
    throw mistake("badApp", `expected a lock file in ${folder}, got ${found}; ${advice}`);
  }
}

function nodeMajorOf(range: string | undefined): number {
  const major = nodeMajorFor(range);
  if (major !== undefined) return major;
  const expected = "expected a range that allows Node 22, 24 or 26";
  throw mistake("badApp", `package.json: engines.node: ${expected}, got ${JSON.stringify(range)}`);
}

function imageName(name: string): string {
  const plain = name.replace(/^@[^/]*\//, "").toLowerCase();
  return plain.replaceAll(/[^a-z0-9._-]+/g, "-").replaceAll(/^[._-]+|[._-]+$/g, "") || "application";
}

/** A `build` script of a project with TypeScript. Its tsconfig.json may have comments, so it is not parsed. */
function buildOf({ scripts, dependencies, devDependencies }: Manifest, read: Project["read"]): Build | undefined {
  if (!scripts.has("build")) return undefined;
  const config = `${read("tsconfig.build.json") ?? ""}\n${read("tsconfig.json") ?? ""}`.replaceAll(/^\s*\/\/.*$/gm, "");
  const isTypeScript = config.trim() !== "" || dependencies.has("typescript") || devDependencies.has("typescript");
  if (!isTypeScript) return undefined;
  const valueOf = (option: string) => {
    const [, value] = new RegExp(`"${option}"\\s*:\\s*"([^"]+)"`).exec(config) ?? [];
    return value === undefined ? undefined : path.normalize(value).replace(/\/$/, "");
  };
  return { outDir: valueOf("outDir") ?? "dist", rootDir: valueOf("rootDir") ?? "src" };
}

function startFileOf({ scripts, main }: Manifest): string | undefined {
  const commands = [scripts.get("start:prod"), scripts.get("start")];
  const files = commands.map((command) => /\bnode\s+(?:-\S+\s+)*([\w./@-]+)/.exec(command ?? "")?.[1]);
  const file = files.find((found) => found !== undefined) ?? main;
  return file === undefined ? undefined : path.normalize(file);
}

function portsIn(texts: readonly string[]): Set<number> {
  const found = texts.flatMap((text) => [...text.matchAll(/\bport["']?(?:\s*[=:]\s*|\s+)["']?(\d{2,5})\b/gi)]);
  return new Set(found.map(([, port]) => Number(port)));
}
