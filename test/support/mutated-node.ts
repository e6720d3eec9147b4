import {
  closeSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** elf(5), 64 bits and little-endian, as on x64 and arm64. */
const sectionTableAt = 40;
const sectionCountAt = 60;
const sectionBytes = 64;
const symbolBytes = 24;
const SHT_NULL = 0;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;

interface Section {
  readonly at: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** A symbol that the binary exports, and its mutation. */
export interface SymbolChange {
  readonly name: string;
  /** Added to the symbol's address. */
  readonly moveBy?: number;
  /** The symbol gets the address of this other one. */
  readonly aliasOf?: string;
  readonly size?: number;
  /** The symbol loses its name, as with -fvisibility=hidden. */
  readonly hide?: boolean;
}

/** A copy of a Node with wrong symbol tables; its code is unchanged, and runs. */
export class MutatedNode implements Disposable {
  readonly path: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "mutated-node-"));
  readonly #sections: Section[];
  readonly #symbols = new Map<string, { readonly at: number; readonly entry: Buffer }>();
  #undo: { readonly at: number; readonly bytes: Buffer }[] = [];

  constructor(node: string) {
    // Node finds its headers and npm's packages relative to the binary. Neither is needed here.
    this.path = path.join(this.#folder, "node");
    copyFileSync(node, this.path, constants.COPYFILE_FICLONE);
    this.#sections = this.#readSections();
    this.#readSymbols();
  }

  exports(name: string): boolean {
    return this.#symbols.has(name);
  }

  change(changes: readonly SymbolChange[]): void {
    for (const { name, moveBy = 0, aliasOf, size, hide = false } of changes) {
      const { at, entry } = this.#symbol(name);
      const changed = Buffer.from(entry);
      if (hide) changed.writeUInt32LE(0, 0);
      const from = aliasOf === undefined ? entry : this.#symbol(aliasOf).entry;
      changed.writeBigUInt64LE(from.readBigUInt64LE(8) + BigInt(moveBy), 8);
      if (size !== undefined) changed.writeBigUInt64LE(BigInt(size), 16);
      this.#write(at, changed);
    }
  }

  /** The state after strip(1): exported symbols stay, and the table of all others is removed. */
  strip(): void {
    const section = this.#sections.find(({ type }) => type === SHT_SYMTAB);
    if (section === undefined) throw new Error("it has no symbol table to lose");
    const type = Buffer.alloc(4);
    type.writeUInt32LE(SHT_NULL);
    this.#write(section.at + 4, type);
  }

  /** Creates another file under the same path: a running binary can be replaced, but not written to. */
  renew(): void {
    const next = `${this.path}.next`;
    copyFileSync(this.path, next, constants.COPYFILE_FICLONE);
    renameSync(next, this.path);
  }

  restore(): void {
    for (const { at, bytes } of this.#undo.toReversed()) this.#patch(at, bytes);
    this.#undo = [];
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #symbol(name: string) {
    const found = this.#symbols.get(name);
    if (found === undefined) throw new Error(`it exports no ${name}`);
    return found;
  }

  #readSections(): Section[] {
    const header = this.#read(0, sectionBytes);
    const table = Number(header.readBigUInt64LE(sectionTableAt));
    return Array.from({ length: header.readUInt16LE(sectionCountAt) }, (_, index) => {
      const at = table + index * sectionBytes;
      const bytes = this.#read(at, sectionBytes);
      return {
        at,
        type: bytes.readUInt32LE(4),
        offset: Number(bytes.readBigUInt64LE(24)),
        size: Number(bytes.readBigUInt64LE(32)),
        link: bytes.readUInt32LE(40),
      };
    });
  }

  #readSymbols(): void {
    const table = this.#sections.find(({ type }) => type === SHT_DYNSYM);
    const strings = this.#sections[table?.link ?? 0];
    if (table === undefined || strings === undefined) throw new Error("it exports nothing");
    const entries = this.#read(table.offset, table.size);
    const names = this.#read(strings.offset, strings.size);
    for (let at = 0; at < entries.length; at += symbolBytes) {
      const entry = entries.subarray(at, at + symbolBytes);
      const start = entry.readUInt32LE(0);
      this.#symbols.set(names.toString("latin1", start, names.indexOf(0, start)), { at: table.offset + at, entry });
    }
  }

  #write(at: number, bytes: Buffer): void {
    this.#undo.push({ at, bytes: this.#read(at, bytes.length) });
    this.#patch(at, bytes);
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.#withFile("r", (fd) => readSync(fd, bytes, 0, length, at));
    return bytes;
  }

  #patch(at: number, bytes: Buffer): void {
    this.#withFile("r+", (fd) => writeSync(fd, bytes, 0, bytes.length, at));
  }

  #withFile(flags: string, act: (fd: number) => void): void {
    const fd = openSync(this.path, flags);
    try {
      act(fd);
    } finally {
      closeSync(fd);
    }
  }
}
