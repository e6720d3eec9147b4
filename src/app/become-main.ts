import { createRequire } from "node:module";

/**
 * Makes a file, which is about to be imported, the program of this process, as it is with `node FILE`: many applications start only if
 * `require.main === module`, or if `process.argv[1]` is their own path.
 */
export function becomeMain(file: string): void {
  process.argv.splice(1, process.argv.length, file);
  const { cache } = createRequire(file);
  const data = { configurable: true, enumerable: true };
  Object.defineProperty(process, "mainModule", {
    ...data,
    // Node reads it for each CommonJS module that it loads, and puts a module into the cache before it evaluates it.
    get: () => cache[file],
    set(value) {
      Object.defineProperty(process, "mainModule", { ...data, writable: true, value });
    },
  });
}
