import { setFlagsFromString } from "node:v8";

/** V8's own. */
const growthFactor = 2;

/**
 * For a process that lives as long as the container and keeps little: init, and the keeper. V8 doubles the young generation
 * whenever enough of it survives a collection, up to 64 MB with two semi-spaces, and seldom shrinks it. With a factor of 1 it stays
 * at its size (--semi-space-growth-factor, which Heap reads at each growth). Collections are then more frequent and shorter.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** The same for a process that keeps little at some times, and begins with a small young generation. */
export class YoungGeneration {
  #isKept = false;

  keepSmallIf(keepsLittle: boolean): void {
    if (keepsLittle === this.#isKept) return;
    this.#isKept = keepsLittle;
    if (keepsLittle) keepYoungGenerationSmall();
    else setFlagsFromString(`--semi-space-growth-factor=${growthFactor}`);
  }
}
