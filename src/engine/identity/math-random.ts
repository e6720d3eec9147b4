/**
 * A generator in place of Math.random whose state a forked child can seed anew: V8's own sits in each context, is copied by
 * fork, and takes no more than 31 bits of seed. It must be in place before the application loads, because libraries keep a
 * reference of their own (lodash does).
 */
const state = new Int32Array(4);

/** xoshiro128** (Blackman and Vigna): 32 bits a call. */
function next(): number {
  const [a, b, c, d] = state as unknown as [number, number, number, number];
  const scrambled = Math.imul(b, 5);
  const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
  const third = c ^ a;
  const fourth = d ^ b;
  state[0] = a ^ fourth;
  state[1] = b ^ third;
  state[2] = third ^ (b << 9);
  state[3] = (fourth << 11) | (fourth >>> 21);
  return result;
}

/** A method, because `new` does not take a method, nor Math.random. As many bits as a double below 1 has. */
const { random } = {
  random(this: void): number {
    return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
  },
};

/** All zeros is the one state that the generator never leaves. */
export function seedMathRandom(fill: (seed: Int32Array) => void): void {
  do fill(state);
  while (state.every((word) => word === 0));
}

export function replaceMathRandom(): void {
  Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true, enumerable: false });
}
