// One forked worker of the engine's soak test, which does what its fate says.
import { pbkdf2, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import tls from "node:tls";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { gzip } from "node:zlib";
import { collectGarbage } from "../../../src/heap/collect-garbage.ts";
import type { Act, Fate } from "../support/fates.ts";

/** (module (func (export "answer") (result i32) i32.const 42)) */
const wasm = Buffer.from("0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b", "hex");
const { WebAssembly } = globalThis as unknown as { WebAssembly: { instantiate(bytes: Uint8Array): Promise<object> } };

const acts: Readonly<Record<Act, () => unknown>> = {
  allocate: () => Array.from({ length: 60_000 }, (_, i) => ({ i, text: `${i}` })).length,
  collect: () => collectGarbage(),
  optimize: () => {
    let sum = 0;
    for (let i = 0; i < 3_000_000; i++) sum = (sum + Math.imul(i, 31)) | 0;
    return sum;
  },
  wasm: async () => await WebAssembly.instantiate(wasm),
  files: async () => await readFile("/proc/self/status"),
  pool: async () => {
    await Promise.all([
      promisify(randomBytes)(64),
      promisify(pbkdf2)("a", "b", 500, 32, "sha256"),
      promisify(gzip)(Buffer.alloc(50_000)),
    ]);
  },
  certificates: () => tls.createSecureContext(),
  timers: async () => await setTimeout(3),
  thread: async () => await new Promise((resolve) => new Worker("1", { eval: true }).once("exit", resolve)),
};

export async function live({ style, exitCode, acts: own }: Fate): Promise<void> {
  for (const act of own) await acts[act]();
  switch (style) {
    case "natural":
      process.exitCode = exitCode;
      return;
    case "exit":
      return process.exit(exitCode);
    case "throws":
      return void setImmediate(() => {
        throw new Error("as fate has it");
      });
    case "rejects":
      return void Promise.reject(new Error("as fate has it"));
    case "SIGTERM":
    case "SIGKILL":
    case "SIGSEGV":
      // Busy until the signal arrives: in a collection, in optimized code, in the pool.
      for (;;) for (const act of ["allocate", "pool", "optimize", "timers", "collect"] as const) await acts[act]();
  }
}
