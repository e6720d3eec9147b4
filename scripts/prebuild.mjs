// Before npm pack and npm publish: the addon for every platform that docs/PLATFORMS.md calls prebuilt, and nothing else that is old.
import { execFileSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildAddon, strict } from "../build-addon.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
for (const arch of ["x64", "arm64"]) buildAddon(arch, strict);
