import { closeSync } from "node:fs";
import { addonProblem } from "../native/binding.ts";
import { addonDescriptor, bundleDescriptor, startedFromDescriptors } from "../native/own-descriptors.ts";

/**
 * In a child that was started from the files that init has kept, before any code of the application: takes what it needs
 * from the descriptors, and makes the process look like one that was started by path. What the application starts with
 * process.execPath and process.execArgv must work as ever.
 */
export function leaveDescriptors(): void {
  if (!startedFromDescriptors) return;
  // Loads it: there is no other way to it.
  addonProblem();
  closeSync(bundleDescriptor);
  closeSync(addonDescriptor);
  const [, , entryFile = ""] = process.argv;
  // The kernel marks a binary that was deleted; another may be in its place.
  process.execPath = process.execPath.replace(/ \(deleted\)$/, "");
  process.argv = [process.execPath, entryFile];
  process.execArgv = process.execArgv.filter((option) => option !== "--preserve-symlinks-main");
}
