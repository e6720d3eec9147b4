// Before npm pack and npm publish: builds the addon for every platform that docs/PLATFORMS.md lists as prebuilt, and removes old files.
import { execFileSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildAddon, strict } from "../build-addon.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
for (const arch of ["x64", "arm64"]) buildAddon(arch, strict);
