import { LuaError, LuaTable, type LuaValue } from "./values.ts";

/** Decodes MessagePack from a string with one character for each byte. */
export class MessageReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  value(): LuaValue {
    const head = this.#integer(1);
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(head & 0x0f);
    if (head < 0xa0) return this.#array(head & 0x0f);
    if (head < 0xc0) return this.#string(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xc0:
        return undefined;
      case 0xc2:
      case 0xc3:
        return head === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#string(this.#integer(2 ** (head - 0xc4)));
      case 0xca:
        return Buffer.from(this.#string(4), "latin1").readFloatBE(0);
      case 0xcb:
        return Buffer.from(this.#string(8), "latin1").readDoubleBE(0);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#integer(2 ** (head - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#signed(2 ** (head - 0xd0));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#integer(2 ** (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#integer(head === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.#map(this.#integer(head === 0xde ? 2 : 4));
      default:
        throw new LuaError("Bad data format in input.");
    }
  }

  #integer(bytes: number): number {
    if (this.#at + bytes > this.#text.length) throw new LuaError("Missing bytes in input.");
    let value = 0;
    for (let count = 0; count < bytes; count++) value = value * 0x100 + this.#text.charCodeAt(this.#at++);
    return value;
  }

  #signed(bytes: number): number {
    const value = this.#integer(bytes);
    const limit = 2 ** (8 * bytes);
    return value >= limit / 2 ? value - limit : value;
  }

  #string(length: number): string {
    if (this.#at + length > this.#text.length) throw new LuaError("Missing bytes in input.");
    this.#at += length;
    return this.#text.slice(this.#at - length, this.#at);
  }

  #array(length: number): LuaTable {
    return new LuaTable(Array.from({ length }, () => this.value()));
  }

  #map(length: number): LuaTable {
    const table = new LuaTable();
    for (let count = 0; count < length; count++) {
      const key = this.value();
      table.set(key, this.value());
    }
    return table;
  }
}
