import type { Bull } from "../../../../src/bull/library/load-bull.ts";

interface Commander {
  readonly scriptsSet: Record<string, unknown>;
  readonly options: { readonly keyPrefix?: string };
  defineCommand: (
    this: Commander,
    name: string,
    definition: { readonly lua: string; readonly numberOfKeys?: number },
  ) => void;
}

const isShared = new WeakSet<object>();

/**
 * BullMQ defines some sixty scripts on each client, and ioredis hashes each of them. A world has about ninety clients. The clients of
 * this process share what is defined: it depends on the script alone, and ioredis keeps by socket whether the server has it.
 */
export function shareScripts({ Redis }: Bull): void {
  const prototype = Redis.prototype as unknown as Commander;
  if (isShared.has(prototype)) return;
  isShared.add(prototype);
  const define = prototype.defineCommand;
  const known = new Map<string, Map<string, { readonly script: unknown; readonly methods: object }>>();
  prototype.defineCommand = function (name, definition) {
    const byKey = known.get(definition.lua) ?? new Map();
    known.set(definition.lua, byKey);
    const key = `${name} ${definition.numberOfKeys} ${this.options.keyPrefix}`;
    const shared = byKey.get(key);
    if (shared !== undefined) {
      this.scriptsSet[name] = shared.script;
      Object.assign(this, shared.methods);
      return;
    }
    define.call(this, name, definition);
    const own = this as unknown as Record<string, unknown>;
    const methods = { [name]: own[name], [`${name}Buffer`]: own[`${name}Buffer`] };
    byKey.set(key, { script: this.scriptsSet[name], methods });
  };
}
