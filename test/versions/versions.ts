// npm run test:versions [-- --write] [-- --only=5.0.0 or 5.0.0/5.11.1/24]: runs an application with each combination of versions of
// BullMQ, ioredis and Node. --write writes the table into docs/VERSIONS.md.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { testedNodes } from "../support/nodes.ts";
import { adoptionChecks } from "./adoption-checks.ts";
import { checks } from "./checks.ts";
import { type Combination, combinations } from "./combinations.ts";
import { installed } from "./install.ts";

const contract = path.join(import.meta.dirname, "../process/bullmq-contract.test.ts");
const scenario = path.join(import.meta.dirname, "scenario.ts");
const page = path.join(import.meta.dirname, "../../docs/VERSIONS.md");
const runMs = 5 * 60_000;
const names = [...Object.keys(checks), "contract", ...Object.keys(adoptionChecks)];
const columns = ["BullMQ", "ioredis", "Node", ...names];

type Shown = Readonly<Record<string, string>>;

function run(combination: Combination): Shown {
  const node = testedNodes().find(({ major }) => major === combination.node);
  if (node === undefined || node.missing !== undefined) throw new Error(node?.missing ?? `no Node ${combination.node}`);
  const words = [scenario, installed(combination), node.path];
  const { stdout, stderr, error } = spawnSync(process.execPath, words, { encoding: "utf8", timeout: runMs });
  process.stderr.write(stderr);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  return line === "" ? { plain: `FAILED: ${error?.message ?? "it did not start"}` } : (JSON.parse(line) as Shown);
}

/** How many of the contract tests pass, on this Node. They do not depend on the Node of forker. */
function contractOf(combination: Combination): string {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  const env = { ...rest, FORKER_TEST_BULL: path.join(installed(combination), "node_modules/bullmq") };
  const words = ["--test", "--test-reporter=tap", contract];
  const { stdout } = spawnSync(process.execPath, words, { encoding: "utf8", timeout: runMs, env });
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(stdout)?.[1] ?? Number.NaN);
  const [passed, failed] = [count("pass"), count("fail") + count("cancelled")];
  if (failed === 0) return `${passed}`;
  process.stderr.write(stdout);
  return `FAILED: ${failed}`;
}

const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
const nameOf = ({ bullmq, ioredis, node }: Combination) => `| ${bullmq} | ${ioredis} | ${node} |`;

/** A row that an earlier run has written, before there was the last column. */
function filledUp(row: string): string {
  const missing = columns.length - row.split(" | ").length;
  return row + " – |".repeat(Math.max(0, missing));
}

/** Writes these rows into the page. The rows of combinations that did not run stay as they are. */
function write(rows: ReadonlyMap<string, string>): void {
  const text = readFileSync(page, "utf8");
  const old = text.split("\n");
  const all = combinations.flatMap((one) => {
    const name = nameOf(one);
    return rows.get(name) ?? old.filter((row) => row.startsWith(name)).map(filledUp);
  });
  const table = [line(columns), line(columns.map(() => "---")), ...all].join("\n");
  writeFileSync(page, text.replace(/(<!-- table -->\n)[^]*?(<!-- end of table -->)/, `$1\n${table}\n\n$2`));
}

const { values } = parseArgs({ options: { write: { type: "boolean" }, only: { type: "string" } } });
const chosen = combinations.filter(({ bullmq, ioredis, node }) =>
  `${bullmq}/${ioredis}/${node}`.startsWith(values.only ?? ""),
);
const own = Number(process.versions.node.split(".")[0]);
const rows = new Map<string, string>();
let failures = 0;
console.log(line(columns));
for (const combination of chosen) {
  const shown: Shown = { ...run(combination), ...(combination.node === own && { contract: contractOf(combination) }) };
  const cells = names.map((name) => shown[name] ?? "–");
  if (cells.some((text) => text.startsWith("FAILED"))) failures += 1;
  const row = `${nameOf(combination)} ${cells.join(" | ")} |`;
  rows.set(nameOf(combination), row);
  console.log(row);
}
if (values.write) write(rows);
if (failures > 0) console.error(`${failures} of ${chosen.length} combinations failed`);
process.exitCode = failures > 0 ? 1 : 0;
