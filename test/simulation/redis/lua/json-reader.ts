import { readDouble } from "../data/number-text.ts";
import { LuaError, LuaTable, type LuaValue, nullValue } from "./values.ts";

const maximumDepth = 1_000;
const space = /[ \t\n\r]*/y;
const plainText = /[^"\\\0]*/y;
const number = /[-+]?(?:0x[0-9a-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|inf(?:inity)?|nan)/iy;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const punctuation: Readonly<Record<string, string>> = {
  "{": "T_OBJ_BEGIN",
  "}": "T_OBJ_END",
  "[": "T_ARR_BEGIN",
  "]": "T_ARR_END",
  ":": "T_COLON",
  ",": "T_COMMA",
};

/** Decodes JSON as Redis' cjson does, with its complaints. The text has one character for each byte. */
export class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): LuaValue {
    const value = this.#value();
    if (this.#next() !== "") throw this.#unexpected("the end");
    return value;
  }

  #value(): LuaValue {
    switch (this.#next()) {
      case '"':
        return this.#string("value");
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#array());
      default:
        return this.#literal();
    }
  }

  #literal(): LuaValue {
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", nullValue],
    ] as const) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    const digits = this.#match(number);
    if (digits === "") throw this.#unexpected("value");
    this.#at += digits.length;
    return readDouble(digits);
  }

  #object(): LuaTable {
    const table = new LuaTable();
    if (this.#next() === "}") return this.#ended(table);
    for (;;) {
      if (this.#next() !== '"') throw this.#unexpected("object key string");
      const key = this.#string("object key string");
      this.#take(":", "colon");
      table.set(key, this.#value());
      if (this.#next() === "}") return this.#ended(table);
      this.#take(",", "comma or object end");
    }
  }

  #array(): LuaTable {
    const table = new LuaTable();
    if (this.#next() === "]") return this.#ended(table);
    for (;;) {
      table.list.push(this.#value());
      if (this.#next() === "]") return this.#ended(table);
      this.#take(",", "comma or array end");
    }
  }

  #string(expected: string): string {
    let text = "";
    this.#at++;
    for (;;) {
      const plain = this.#match(plainText);
      text += plain;
      this.#at += plain.length;
      if (this.#text[this.#at] === '"') break;
      if (this.#text[this.#at] !== "\\") throw this.#problem(expected, "unexpected end of string");
      text += this.#escaped(expected);
    }
    this.#at++;
    return text;
  }

  #escaped(expected: string): string {
    const code = this.#text[this.#at + 1] ?? "";
    if (code === "u") return this.#unicode(expected);
    const character = escapes[code];
    if (character === undefined) throw this.#problem(expected, "invalid escape code");
    this.#at += 2;
    return character;
  }

  /** One code unit, or a pair of surrogates, as UTF-8. */
  #unicode(expected: string): string {
    const match = /^(?:\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4}))/i.exec(
      this.#text.slice(this.#at, this.#at + 12),
    );
    const units =
      match
        ?.slice(1)
        .filter((unit) => unit !== undefined)
        .map((unit) => Number.parseInt(unit, 16)) ?? [];
    const isLone = units.length === 1 && units.some((unit) => unit >= 0xd800 && unit < 0xe000);
    if (match === null || isLone) throw this.#problem(expected, "invalid unicode escape code");
    this.#at += match[0].length;
    return Buffer.from(String.fromCharCode(...units), "utf8").toString("latin1");
  }

  #nested(read: () => LuaTable): LuaTable {
    if (++this.#depth > maximumDepth) throw new LuaError(`Found too many nested data structures (${this.#depth})`);
    this.#at++;
    const table = read();
    this.#depth--;
    return table;
  }

  #ended(table: LuaTable): LuaTable {
    this.#at++;
    return table;
  }

  #take(character: string, expected: string): void {
    if (this.#next() !== character) throw this.#unexpected(expected);
    this.#at++;
  }

  /** The first character after white space; "" at the end. */
  #next(): string {
    this.#at += this.#match(space).length;
    return this.#text[this.#at] ?? "";
  }

  #match(expression: RegExp): string {
    expression.lastIndex = this.#at;
    return expression.exec(this.#text)?.[0] ?? "";
  }

  #unexpected(expected: string): LuaError {
    const character = this.#text[this.#at] ?? "";
    const known = punctuation[character];
    if (known !== undefined) return this.#problem(expected, known);
    if (character === "" || character === "\0") return this.#problem(expected, "T_END");
    if (character === '"') {
      const start = this.#at;
      this.#string(expected);
      this.#at = start;
      return this.#problem(expected, "T_STRING");
    }
    if (character === "-" && this.#match(number) === "") return this.#problem(expected, "invalid number");
    const rest = this.#text.slice(this.#at);
    if (/^(?:true|false)/.test(rest)) return this.#problem(expected, "T_BOOLEAN");
    if (rest.startsWith("null")) return this.#problem(expected, "T_NULL");
    return this.#problem(expected, this.#match(number) === "" ? "invalid token" : "T_NUMBER");
  }

  #problem(expected: string, found: string): LuaError {
    return new LuaError(`Expected ${expected} but found ${found} at character ${this.#at + 1}`);
  }
}
