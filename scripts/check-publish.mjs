// Runs before npm publish: npm's page of a package links its source and its issues only if package.json has their addresses.
// npm writes no repository into package.json by itself, and a published version cannot be changed.
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const file = path.resolve("package.json");
const manifest = JSON.parse(readFileSync(file, "utf8"));
const missing = ["repository", "homepage", "bugs"].filter((field) => manifest[field] === undefined);
if (missing.length > 0) {
  console.error(
    `publish: ${file} has no ${missing.join(", no ")}: set ${missing.length === 1 ? "it" : "them"} to the public address of this repository (npm pkg set ${missing[0]}=URL)`,
  );
  process.exitCode = 1;
}
