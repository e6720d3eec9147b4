import { baseLibrary } from "./base-library.ts";
import { cjsonLibrary } from "./cjson.ts";
import { bitLibrary, mathLibrary, osLibrary } from "./math-library.ts";
import { messagePackLibrary } from "./message-pack.ts";
import { readOnly } from "./operators.ts";
import { fillStringMethods } from "./string-library.ts";
import { stringMethods } from "./string-methods.ts";
import { structLibrary } from "./struct.ts";
import { tableLibrary } from "./table-library.ts";
import { LuaError, type LuaFunction, LuaTable, type LuaValue, tableOf } from "./values.ts";

fillStringMethods();
readOnly.add(stringMethods);

/** The global variables of a script. */
export class Globals {
  readonly #values = new Map<string, LuaValue>([
    ...Object.entries(baseLibrary),
    ["string", stringMethods],
    ["table", library(tableLibrary)],
    ["math", library(mathLibrary)],
    ["os", library(osLibrary)],
    ["bit", library(bitLibrary)],
    ["cjson", library(cjsonLibrary)],
    ["cmsgpack", library(messagePackLibrary)],
    ["struct", library(structLibrary)],
  ]);

  constructor(redis: Readonly<Record<string, LuaValue>>) {
    this.#values.set("redis", library(redis));
    this.#values.set("server", library(redis));
  }

  setInput(keys: string[], args: string[]): void {
    this.#values.set("KEYS", new LuaTable(keys));
    this.#values.set("ARGV", new LuaTable(args));
  }

  read(name: string): LuaValue {
    const value = this.#values.get(name);
    if (value === undefined) throw new LuaError(`Script attempted to access nonexistent global variable '${name}'`);
    return value;
  }

  write(_name: string, _value: LuaValue): never {
    throw new LuaError("Attempt to modify a readonly table");
  }
}

function library(members: Readonly<Record<string, LuaValue | LuaFunction>>): LuaTable {
  const table = tableOf(Object.entries(members));
  readOnly.add(table);
  return table;
}
