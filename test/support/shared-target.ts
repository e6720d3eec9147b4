import { execFileSync } from "node:child_process";
import { closeSync, constants, createReadStream, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { FixtureAddon } from "./fixture-addon.ts";

export type TargetKind = "a pipe" | "a file" | "a terminal";

/** A target that several processes open by its path and write to, and what they wrote. */
export class SharedTarget implements Disposable {
  readonly path: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "shared-target-"));
  readonly #written: Promise<string> | undefined;
  #own: number | undefined;

  constructor(kind: TargetKind) {
    this.path = path.join(this.#folder, "target");
    if (kind === "a file") writeFileSync(this.path, "");
    if (kind === "a pipe") {
      execFileSync("mkfifo", [this.path]);
      this.#written = textOf(createReadStream(this.path));
    }
    if (kind === "a terminal") {
      using addon = new FixtureAddon("pty", process.execPath);
      const { master, name } = createRequire(import.meta.url)(addon.file) as { master: number; name: string };
      this.path = name;
      // While no process has it open, the other end reads end-of-file.
      this.#own = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
      this.#written = textOf(createReadStream("", { fd: master }));
    }
  }

  /** Call it when all writers have ended. */
  async lines(): Promise<string[]> {
    if (this.#own !== undefined) closeSync(this.#own);
    const text = await (this.#written ?? textOf(createReadStream(this.path)));
    return text.split(/\r?\n/);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Reading from a terminal whose other end is closed fails with EIO. */
async function textOf(stream: Readable): Promise<string> {
  let text = "";
  stream.setEncoding("utf8").on("data", (more) => {
    text += String(more);
  });
  await new Promise<void>((resolve, reject) => {
    stream.once("end", () => resolve());
    stream.once("error", (cause: NodeJS.ErrnoException) => (cause.code === "EIO" ? resolve() : reject(cause)));
  });
  return text;
}
