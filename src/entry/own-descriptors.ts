import { closeSync } from "node:fs";
import { addonProblem } from "../native/binding.ts";
import { addonDescriptor, bundleDescriptor, startedFromDescriptors } from "../native/own-descriptors.ts";

/**
 * For a child that init started from its kept files. Call it before any code of the application: it loads the addon, closes the
 * descriptors, and makes the process look as if it was started by path, because the application may start processes with
 * process.execPath and process.execArgv.
 */
export function leaveDescriptors(): void {
  if (!startedFromDescriptors) return;
  // Loads the addon while its descriptor is open.
  addonProblem();
  closeSync(bundleDescriptor);
  closeSync(addonDescriptor);
  const [, , entryFile = ""] = process.argv;
  // The kernel appends this to the path of a deleted binary. Another binary may have taken its place.
  process.execPath = process.execPath.replace(/ \(deleted\)$/, "");
  process.argv = [process.execPath, entryFile];
  process.execArgv = process.execArgv.filter((option) => option !== "--preserve-symlinks-main");
}
