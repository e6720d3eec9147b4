// npm run test:properties [-- --times=100 --seed=N, files or folders]: the property tests with new inputs, and a hundred times as
// many as in npm test.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: "string", default: "100" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
  },
});

const files = positionals.length > 0 ? positionals : propertyTests("test/unit");
console.log(
  `seed ${values.seed}, ${values.times} times the inputs: repeat with --seed=${values.seed} --times=${values.times}`,
);
const oneFileMs = 50 * 60_000;
const { status } = spawnSync(process.execPath, ["scripts/test.mjs", `--test-timeout=${oneFileMs}`, ...files], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, FORKER_PROPERTY_SEED: values.seed, FORKER_PROPERTY_TIMES: values.times },
});
process.exitCode = status ?? 1;

/** The lint allows no other way to check a property. */
function propertyTests(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => path.join(folder, name))
    .filter((file) => readFileSync(path.join(root, file), "utf8").includes("support/properties.ts"));
}
