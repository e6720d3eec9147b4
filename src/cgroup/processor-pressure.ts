import { getPriority } from "node:os";
import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

/** From this share on, what has not run in time may have been slow because of the machine alone. */
const busyFrom = 0.5;

/**
 * For which share of the last ten seconds some process of this container, or of the machine, waited for a processor. undefined: the
 * kernel does not count. https://docs.kernel.org/accounting/psi.html
 */
export function processorPressure(read: ReadFile): number | undefined {
  const own = nearestFile(read, cgroupFolders(read, "cpu").v2, "cpu.pressure");
  const texts = [own === undefined ? undefined : read(own), read("/proc/pressure/cpu")];
  const shares = texts.flatMap((text) => /^some avg10=([\d.]+)/m.exec(text ?? "")?.[1] ?? []);
  return shares.length === 0 ? undefined : Math.max(...shares.map(Number)) / 100;
}

export function isBusy(pressure: number | undefined): boolean {
  return pressure !== undefined && pressure >= busyFrom;
}

/** `processes waited for a processor for 93 % of the last 10 s, nice value 19`; undefined: nothing is known. */
export function pressureText(pressure: number | undefined, nice = getPriority()): string | undefined {
  const facts = [
    ...(pressure === undefined
      ? []
      : [`processes waited for a processor for ${Math.round(100 * pressure)} % of the last 10 s`]),
    ...(nice === 0 ? [] : [`nice value ${nice}`]),
  ];
  return facts.length === 0 ? undefined : facts.join(", ");
}
