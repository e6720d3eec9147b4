// node examples/compare/compare.mjs classic|nest [node|forker]: the same jobs under `node` and under `forker`, side by side.
// Nest's application must have been installed and built: npm ci && npm run build in examples/nest.
import process from "node:process";
import { differencesOf, reportOf } from "./report.mjs";
import { runScenario, scenarios } from "./run.mjs";
import { sideNames } from "./sides.mjs";

const [name = "classic", only] = process.argv.slice(2);
if (!Object.hasOwn(scenarios, name)) {
  console.error(`expected one of ${Object.keys(scenarios).join(", ")}, got ${name}`);
  process.exit(64);
}
const names = sideNames.filter((side) => only === undefined || side === only);
const accounts = [];
for (const side of names) accounts.push(await runScenario(name, side));
console.log(reportOf(names, accounts));
if (accounts.length === 2) process.exitCode = differencesOf(...accounts).length === 0 ? 0 : 1;
