// Runs before npm pack and npm publish: builds the addon for every platform that docs/PLATFORMS.md lists as prebuilt.
import { execFileSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildAddon, strict } from "../build-addon.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
try {
  // The architecture that needs a cross compiler first: a missing one shows before anything is built.
  const architectures = ["x64", "arm64"].toSorted((a, b) => Number(a === process.arch) - Number(b === process.arch));
  for (const arch of architectures) buildAddon(arch, strict);
  execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
} catch (cause) {
  console.error(`prebuild: ${cause.message}`);
  process.exitCode = 1;
}
