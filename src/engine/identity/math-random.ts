/**
 * A replacement for Math.random whose state a forked child can seed again. V8 keeps the state of its own generator in each
 * context, a fork copies it, and its seed has at most 31 bits. Replace Math.random before the application loads, because
 * libraries such as lodash keep a reference to it.
 */
const state = new Int32Array(4);

/** xoshiro128** (Blackman and Vigna): 32 bits per call. */
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

/** A method, because like Math.random a method is not a constructor. It has 53 random bits, as many as a double below 1. */
const { random } = {
  random(this: void): number {
    return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
  },
};

/** The generator never leaves the state of all zeros. */
export function seedMathRandom(fill: (seed: Int32Array) => void): void {
  do fill(state);
  while (state.every((word) => word === 0));
}

export function replaceMathRandom(): void {
  Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true, enumerable: false });
}
