import process from "node:process";

/** The architecture of the tested Node. npm run test:arm64 sets it, and the kernel starts such a Node with an emulator. */
export const testedArch = process.env["FORKER_TEST_ARCH"] ?? process.arch;

export const isEmulated = testedArch !== process.arch;

/** An emulated Node takes about this many times as long as a native one. */
const slowness = 12;

/** A deadline for the tested Node: as given, or longer by as much as an emulator is slower. */
export function deadlineOf(ms: number): number {
  return isEmulated ? ms * slowness : ms;
}
