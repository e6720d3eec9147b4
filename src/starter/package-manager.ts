import { mistake } from "./mistake.ts";

/** The commands of a project's package manager, for its image and for its developers. */
export interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn";
  /** What the installation reads. */
  readonly files: readonly string[];
  /** Brings the package manager into the image. undefined: the image has it. */
  readonly prepare: string | undefined;
  readonly install: string;
  readonly installProduction: string;
  /** Leaves only what production needs. */
  readonly prune: string;
  readonly build: string;
  readonly exec: string;
  readonly add: string;
}

const lockFiles = {
  "npm-shrinkwrap.json": "npm",
  "package-lock.json": "npm",
  "pnpm-lock.yaml": "pnpm",
  "yarn.lock": "yarn",
} as const;

export const packageManagerFiles = [...Object.keys(lockFiles), ".yarnrc.yml", "pnpm-workspace.yaml"];

/**
 * By the lock file that a folder has; of several, by `packageManager` in package.json. `read` returns the text of a file of the
 * folder, if it is there.
 */
export function packageManagerOf(
  read: (file: string) => string | undefined,
  declared: string | undefined,
): PackageManager {
  const [, declaredName, declaredVersion] = /^(npm|pnpm|yarn)@([\w.-]+)/.exec(declared ?? "") ?? [];
  const locks = Object.entries(lockFiles).filter(([file]) => read(file) !== undefined);
  const names = [...new Set(locks.map(([, name]) => name))];
  if (names.length > 1 && !names.some((name) => name === declaredName)) {
    const found = locks.map(([file]) => file).join(" and ");
    throw mistake("badApp", `expected the lock file of one package manager, got ${found}; remove what is not used`);
  }
  const name = names.length > 1 ? declaredName : (names[0] ?? declaredName);
  const lock = locks.find(([, of]) => of === name)?.[0];
  if (name === "pnpm") return pnpm(read, lock, declaredVersion);
  if (name === "yarn") return isBerry(read, declaredVersion) ? yarnBerry(read, lock) : yarnClassic(lock);
  return npm(lock);
}

function filesOf(...files: readonly (string | undefined)[]): string[] {
  return ["package.json", ...files.filter((file) => file !== undefined)];
}

function npm(lock: string | undefined): PackageManager {
  const install = lock === undefined ? "npm install" : "npm ci";
  return {
    name: "npm",
    files: filesOf(lock),
    prepare: undefined,
    install,
    installProduction: `${install} --omit=dev`,
    prune: "npm prune --omit=dev",
    build: "npm run build",
    exec: "npx",
    add: "npm install bullmq-forker",
  };
}

function pnpm(read: (file: string) => string | undefined, lock: string | undefined, version?: string): PackageManager {
  const install = lock === undefined ? "pnpm install" : "pnpm install --frozen-lockfile";
  const isOld = /^lockfileVersion: ['"]?[56]\./m.test(lock === undefined ? "" : (read(lock) ?? ""));
  return {
    name: "pnpm",
    files: filesOf(lock, read("pnpm-workspace.yaml") === undefined ? undefined : "pnpm-workspace.yaml"),
    prepare: `npm install --global pnpm@${version ?? (isOld ? 8 : 10)}`,
    install,
    installProduction: `${install} --prod`,
    // In an image nobody can answer its question.
    prune: "CI=true pnpm prune --prod",
    build: "pnpm run build",
    exec: "pnpm exec",
    add: "pnpm add bullmq-forker",
  };
}

/** --force, because the images of Node 24 and older have yarn 1 already. */
function yarnClassic(lock: string | undefined): PackageManager {
  const install = lock === undefined ? "yarn install" : "yarn install --frozen-lockfile";
  return {
    name: "yarn",
    files: filesOf(lock),
    prepare: "npm install --global --force yarn@1",
    install,
    installProduction: `${install} --production`,
    prune: `${install} --production`,
    build: "yarn run build",
    exec: "yarn run",
    add: "yarn add bullmq-forker",
  };
}

function isBerry(read: (file: string) => string | undefined, version: string | undefined): boolean {
  if (version !== undefined) return !version.startsWith("1.");
  return /^__metadata:/m.test(read("yarn.lock") ?? "") || read(".yarnrc.yml") !== undefined;
}

function yarnBerry(read: (file: string) => string | undefined, lock: string | undefined): PackageManager {
  const [, linker] = /^nodeLinker: ["']?([\w-]+)/m.exec(read(".yarnrc.yml") ?? "") ?? [];
  if (linker !== "node-modules" && linker !== "pnpm") {
    const found = linker ?? "none, which means pnp";
    throw mistake(
      "badApp",
      `.yarnrc.yml: expected nodeLinker: node-modules, got ${found}; forker loads from node_modules`,
    );
  }
  const focus = "yarn workspaces focus --all --production";
  return {
    name: "yarn",
    files: filesOf(lock, ".yarnrc.yml"),
    // Corepack is a part of Node up to 24. It downloads the yarn that package.json names.
    prepare: "npm install --global --force corepack && corepack enable",
    install: "yarn install --immutable",
    installProduction: focus,
    prune: focus,
    build: "yarn run build",
    exec: "yarn run",
    add: "yarn add bullmq-forker",
  };
}
