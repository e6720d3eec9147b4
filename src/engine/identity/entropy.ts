import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { native } from "../../native/binding.ts";
import { replaceMathRandom, seedMathRandom } from "./math-random.ts";
import { shareWithNewContexts } from "./new-contexts.ts";
import { RandomPools } from "./random-pools.ts";
import { noteDrawer } from "./string-pools.ts";
import { wrapBuiltIn } from "./wrap-built-in.ts";

type Filled = NodeJS.ArrayBufferView | ArrayBuffer;

/** The sizes of Node's own caches (lib/internal/crypto/random.js): this many calls use up whatever is left in them. */
const cachedUuids = 128;
const cachedIntegers = 1024;
/** Enough for V8 to compile emptyCaches to machine code. More would save a child a tenth of a millisecond, and cost the template ten. */
const rehearsals = 5;

const { randomFillSync } = crypto;
const pools = new RandomPools();
let tracking = false;

/**
 * Call it in the template before the application loads, because libraries keep references to these functions. Remembers which
 * buffers are filled with random bytes, and replaces Math.random with a generator that can be seeded.
 */
export function trackEntropy(): void {
  if (tracking) return;
  tracking = true;
  seedMathRandom(fill);
  replaceMathRandom();
  shareWithNewContexts(Math.random);
  watch(crypto, "randomFillSync", (_result, [target, offset, size]) =>
    rememberFilled(target as Filled, offset as number | undefined, size as number | undefined),
  );
  watch(crypto, "randomBytes", (result) => result instanceof Uint8Array && pools.add(result));
  watch(Object.getPrototypeOf(crypto.webcrypto), "getRandomValues", (result) => rememberFilled(result as Filled));
  syncBuiltinESMExports();
}

/**
 * Call it in a forked child before any code of the application runs. The child then draws nothing that another process has drawn
 * or will draw.
 */
export function renewEntropy(): void {
  tracking = false;
  // First, because everything below draws from OpenSSL.
  native().reseedRandom();
  seedMathRandom(fill);
  emptyCaches();
  pools.refill(fill);
}

/** Call it in the template: V8 compiles here what each child does first, so that children share the compiled code. */
export function rehearseRenewal(): void {
  for (let i = 0; i < rehearsals; i++) emptyCaches();
}

function fill(target: Uint8Array | Int32Array): void {
  randomFillSync(target);
}

function emptyCaches(): void {
  for (let i = 0; i < cachedUuids; i++) crypto.randomUUID();
  for (let i = 0; i < cachedIntegers; i++) crypto.randomInt(2);
}

/** `offset` and `size` count elements, as they do in randomFillSync. */
function rememberFilled(target: Filled, offset = 0, size?: number): void {
  const [memory, start] = ArrayBuffer.isView(target) ? [target.buffer, target.byteOffset] : [target, 0];
  const elementBytes = "BYTES_PER_ELEMENT" in target ? target.BYTES_PER_ELEMENT : 1;
  const from = offset * elementBytes;
  const length = size === undefined ? target.byteLength - from : size * elementBytes;
  pools.add(new Uint8Array(memory, start + from, length));
}

function watch(owner: object, name: string, note: (result: unknown, args: readonly unknown[]) => void): void {
  wrapBuiltIn(owner, name, (args, proceed) => {
    const result = proceed(args);
    if (tracking) {
      note(result, args);
      noteDrawer();
    }
    return result;
  });
}
