import process from "node:process";

/** The architecture whose Node is tested: npm run test:arm64 sets it, and the kernel starts such a Node by an emulator. */
export const testedArch = process.env["FORKER_TEST_ARCH"] ?? process.arch;

export const isEmulated = testedArch !== process.arch;

/** An emulated Node takes about this many times as long as one of the machine's own. */
const slowness = 12;

/** A deadline for what the tested Node does: as given, or as much later as an emulator is slower. */
export function deadlineOf(ms: number): number {
  return isEmulated ? ms * slowness : ms;
}
