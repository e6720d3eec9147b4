import { setFlagsFromString } from "node:v8";

/**
 * For a process that lives as long as the container and keeps little: init, and the keeper. V8 doubles the young generation
 * whenever enough of it survives a collection, up to 64 MB with two semi-spaces, and seldom shrinks it. With a factor of 1 it stays
 * at its initial size (--semi-space-growth-factor, which Heap reads at each growth). Collections are then more frequent and shorter.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
