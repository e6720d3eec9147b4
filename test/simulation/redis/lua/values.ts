/** nil is undefined. A string has one character for each byte. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction;

/** Several results of a function are an array, which is never a value itself. A single result is the value. */
export type LuaResult = LuaValue | LuaValue[];

export type LuaFunction = (...args: LuaValue[]) => LuaResult;

/** An error that a script raises. */
export class LuaError extends Error {
  readonly value: LuaValue;

  constructor(value: LuaValue) {
    super(typeof value === "string" ? value : "a Lua error");
    this.value = value;
  }
}

export class LuaTable {
  /** The elements 1, 2, 3 … The last one is never nil. */
  readonly list: LuaValue[];
  /** Every other key. */
  hash: Map<LuaValue, LuaValue> | undefined;

  constructor(list: LuaValue[] = []) {
    this.list = list;
    this.#dropLastNils();
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === "number") {
      const { list } = this;
      if (key >= 1 && key <= list.length && Number.isInteger(key)) return list[key - 1];
    }
    return this.hash?.get(key);
  }

  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === "number" && this.#setElement(key, value)) return;
    if (value === undefined) this.hash?.delete(key);
    else (this.hash ??= new Map()).set(key, value);
  }

  get length(): number {
    return this.list.length;
  }

  /** As `pairs` iterates: the elements, then the other keys in the order of their insertion. */
  *pairs(): Generator<[LuaValue, LuaValue]> {
    for (let at = 0; at < this.list.length; at++) {
      const value = this.list[at];
      if (value !== undefined) yield [at + 1, value];
    }
    if (this.hash !== undefined) yield* this.hash;
  }

  #setElement(key: number, value: LuaValue): boolean {
    const { list } = this;
    if (key >= 1 && key <= list.length && Number.isInteger(key)) {
      list[key - 1] = value;
      if (value === undefined) this.#dropLastNils();
      return true;
    }
    if (key !== list.length + 1 || value === undefined) return false;
    list.push(value);
    this.hash?.delete(key);
    this.#takeFollowing();
    return true;
  }

  #takeFollowing(): void {
    if (this.hash === undefined) return;
    for (let next = this.list.length + 1; this.hash.has(next); next++) {
      this.list.push(this.hash.get(next));
      this.hash.delete(next);
    }
  }

  #dropLastNils(): void {
    while (this.list.length > 0 && this.list[this.list.length - 1] === undefined) this.list.pop();
  }
}

export function tableOf(entries: Iterable<readonly [LuaValue, LuaValue]>): LuaTable {
  const table = new LuaTable();
  for (const [key, value] of entries) table.set(key, value);
  return table;
}

/** What cjson decodes `null` as: a userdata in Redis. */
export const nullValue: LuaFunction = () => undefined;

export function typeName(value: LuaValue): string {
  if (value === undefined) return "nil";
  if (value === nullValue) return "userdata";
  if (value instanceof LuaTable) return "table";
  return typeof value;
}

/** The first of a function's results. */
export function first(result: LuaResult): LuaValue {
  return Array.isArray(result) ? result[0] : result;
}

export function all(result: LuaResult): LuaValue[] {
  return Array.isArray(result) ? result : [result];
}

export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}
