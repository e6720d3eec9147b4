import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isEmulated } from "./emulation.ts";

const compiler = isEmulated ? "aarch64-linux-gnu-g++" : (process.env["CXX"] ?? "g++");

/** An addon of test/fixtures/fork/native, compiled for one Node: unlike forker's, these use more than Node-API. */
export class FixtureAddon implements Disposable {
  readonly file: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "fixture-addon-"));

  constructor(name: string, node: string) {
    const source = fileURLToPath(new URL(`../fixtures/fork/native/${name}.cc`, import.meta.url));
    const headers = path.join(path.dirname(realpathSync(node)), "../include/node");
    this.file = path.join(this.#folder, `${name}.node`);
    const options = ["-std=c++20", "-shared", "-fPIC", "-isystem", headers];
    execFileSync(compiler, [...options, source, "-o", this.file]);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
