import { readSettings } from "../../src/config/read-settings.ts";
import type { Settings } from "../../src/config/settings.ts";

/** The settings of an empty environment. */
export function settingsByDefault(appPath = "/app/workers.mjs"): Settings {
  const read = readSettings({}, appPath);
  if ("problems" in read) throw new Error(`the defaults are refused: ${read.problems.join("; ")}`);
  return read.settings;
}
