import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

type Environment = Readonly<Record<string, string | undefined>>;

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** npx looks for a node on PATH, where the machine's own may be an older one. */
const PATH = `${path.dirname(process.execPath)}:${process.env["PATH"]}`;
const quiet = ["--ignore-scripts", "--loglevel=error"];

/** The package as a registry would give it, installed in a project that has nothing else, with no script of anybody's run. */
export class PackedPackage implements Disposable {
  readonly folder: string;
  readonly archive: string;
  /** The project's folder. */
  readonly user: string;
  readonly installed: string;

  private constructor(folder: string, archive: string) {
    this.folder = folder;
    this.archive = archive;
    this.user = path.join(folder, "user");
    this.installed = path.join(this.user, "node_modules/bullmq-forker");
  }

  static async install(): Promise<PackedPackage> {
    const folder = mkdtempSync(path.join(tmpdir(), "forker-package-"));
    const { stdout } = await execute("npm", ["pack", ...quiet, "--pack-destination", folder], root);
    const packed = new PackedPackage(folder, path.join(folder, stdout.trim()));
    mkdirSync(packed.user);
    packed.write({ "package.json": '{ "private": true }' });
    await packed.execute("npm", ["install", ...quiet, "--offline", "--no-audit", "--no-fund", packed.archive]);
    return packed;
  }

  async execute(command: string, words: readonly string[], cwd = this.user, env: Environment = {}) {
    return await execute(command, words, cwd, env);
  }

  /** Files of the project. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.user, name)), { recursive: true });
      writeFileSync(path.join(this.user, name), text);
    }
  }

  /** Packages of this checkout that the project depends on, as pnpm would link them. */
  link(...names: readonly string[]): void {
    for (const name of names) {
      const place = path.join(this.user, "node_modules", name);
      mkdirSync(path.dirname(place), { recursive: true });
      symlinkSync(path.join(root, "node_modules", name), place);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

async function execute(command: string, words: readonly string[], cwd: string, env: Environment = {}) {
  return await promisify(execFile)(command, words, { cwd, env: { ...process.env, PATH, ...env } });
}
