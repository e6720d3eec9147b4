import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { collectGarbage, collectYoungGarbage } from "../../heap/collect-garbage.ts";
import { native } from "../../native/binding.ts";
import { becomeForkedChild } from "../identity/become-forked-child.ts";

export const canaryExitCode = 86;

/** Ends the process without `exit` listeners, and past any replacement of process.exit: taken before the application loads. */
const { reallyExit } = process as unknown as { reallyExit(this: void, code: number): never };

/** TypeScript declares WebAssembly only in its DOM library, which forker does not use. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    compile(bytes: Uint8Array): Promise<object>;
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { exports: { answer(): number } };
  };
};

/** (module (func (export "answer") (result i32) i32.const 42)) */
const wasm = Buffer.from("0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b", "hex");

const trials: Readonly<Record<string, () => unknown>> = {
  "young collections": allocate,
  "optimizing code": optimize,
  "compiling WebAssembly": compileWasm,
  "compiling WebAssembly in the background": async () => await WebAssembly.compile(wasm),
  "reading a file": readOwnPid,
  "the thread pool": async () => await promisify(randomBytes)(64),
  // Any answer will do, including an error.
  "resolving localhost": async () => await lookup("localhost").catch(() => undefined),
  "a worker thread": startThread,
  // Last, because it needs V8's marking threads, and any trial before it may have left one of them stuck.
  "a full collection": collectAll,
};

/** Runs in the canary. None of the application's code runs there: neither its listeners nor its exit hooks. */
export async function beCanary(fd: number, abandon: (() => void) | undefined): Promise<never> {
  try {
    abandon?.();
    for (const event of ["uncaughtException", "unhandledRejection", "exit", "beforeExit"])
      process.removeAllListeners(event);
    becomeForkedChild({ title: "forker canary" });
    native().unblockSignals();
    for (const [name, trial] of Object.entries(trials)) {
      writeSync(fd, `${name}\n`);
      await trial();
    }
    writeSync(fd, "exiting\n");
    return reallyExit(canaryExitCode);
  } catch (cause) {
    writeSync(fd, `${String(cause).replaceAll("\n", " ")}\n`);
    return reallyExit(1);
  }
}

/** Few objects, because each page of the young generation that the canary writes to is copied. The second collection promotes them. */
function allocate(): void {
  const kept: { readonly text: string }[] = [];
  for (let collection = 0; collection < 2; collection++) {
    for (let i = 0; i < 1_000; i++) {
      const one = { text: `${i}` };
      if (i % 10 === 0) kept.push(one);
    }
    collectYoungGarbage();
  }
  expect(kept.length === 200 && kept.every(({ text }, i) => text === `${(i % 100) * 10}`));
}

/**
 * V8's threads mark the whole heap. They would then sweep it, by the same kind of job, and write to every page of it: in a child, each
 * of these writes copies a page, and the exit waits until the last page is swept. Without those threads, V8 sweeps a page when it
 * needs its memory, as it does here for the objects that the second young collection promotes.
 */
function collectAll(): void {
  setFlagsFromString("--no-concurrent-sweeping");
  collectGarbage();
  allocate();
}

/** Runs long enough for V8 to queue the function for its compiler thread, and for that thread to finish. */
function optimize(): void {
  const sum = (values: readonly number[]) => values.reduce((total, value) => (total * 31 + value) | 0, 7);
  const values = Array.from({ length: 500 }, (_, i) => i);
  const first = sum(values);
  for (let i = 0; i < 4_000; i++) expect(sum(values) === first);
}

function compileWasm(): void {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  expect(exports.answer() === 42);
}

async function readOwnPid(): Promise<void> {
  const stat = await readFile("/proc/self/stat", "utf8");
  expect(stat.startsWith(`${process.pid} `));
}

/** Starts the thread without the template's flags and preloads. */
async function startThread(): Promise<void> {
  const code = await new Promise((resolve, reject) => {
    const thread = new Worker("process.exit(3)", { eval: true, execArgv: [], env: {} });
    thread.once("error", reject);
    thread.once("exit", resolve);
  });
  expect(code === 3);
}

function expect(condition: boolean): void {
  if (!condition) throw new Error("wrong result");
}
