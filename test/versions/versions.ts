// npm run test:versions [-- --write] [-- --only=5.0.0 or 5.0.0/5.11.1/24] [-- --adoption]: runs an application with each combination
// of versions of BullMQ, ioredis and Node. --write writes the table into docs/VERSIONS.md; --adoption runs and writes that column alone.
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

/** A Node other than this one has to be installed first. */
function nodeOf(combination: Combination): string {
  if (combination.node === own) return process.execPath;
  const node = testedNodes().find(({ major }) => major === combination.node);
  if (node === undefined || node.missing !== undefined) throw new Error(node?.missing ?? `no Node ${combination.node}`);
  return node.path;
}

function run(combination: Combination): Shown {
  const words = [
    scenario,
    installed(combination),
    nodeOf(combination),
    ...(values.adoption === true ? ["adoption"] : []),
  ];
  const { stdout, stderr, error } = spawnSync(process.execPath, words, { encoding: "utf8", timeout: runMs });
  process.stderr.write(stderr);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (line !== "") return JSON.parse(line) as Shown;
  const [first] = values.adoption === true ? ["adoption"] : names;
  return { [first ?? ""]: `FAILED: ${error?.message ?? "it did not start"}` };
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

/** The row that an earlier run has written. */
function rowBefore(combination: Combination): string | undefined {
  const name = nameOf(combination);
  return readFileSync(page, "utf8")
    .split("\n")
    .find((row) => row.startsWith(name));
}

/** What an earlier run has written into this column. */
function cellBefore(combination: Combination, column: string): string | undefined {
  const cells = rowBefore(combination)?.slice(2, -2).split(" | ");
  return cells?.[columns.indexOf(column)];
}

/** Writes these rows into the page. The rows of combinations that did not run stay as they are. */
function write(rows: ReadonlyMap<string, string>): void {
  const text = readFileSync(page, "utf8");
  const all = combinations.flatMap((one) => rows.get(nameOf(one)) ?? rowBefore(one) ?? []);
  const table = [line(columns), line(columns.map(() => "---")), ...all].join("\n");
  writeFileSync(page, text.replace(/(<!-- table -->\n)[^]*?(<!-- end of table -->)/, `$1\n${table}\n\n$2`));
}

const { values } = parseArgs({
  options: { write: { type: "boolean" }, only: { type: "string" }, adoption: { type: "boolean" } },
});
const chosen = combinations.filter(({ bullmq, ioredis, node }) =>
  `${bullmq}/${ioredis}/${node}`.startsWith(values.only ?? ""),
);
const own = Number(process.versions.node.split(".")[0]);
const rows = new Map<string, string>();
let failures = 0;
console.log(line(columns));
for (const combination of chosen) {
  const isWhole = values.adoption !== true;
  const contracts = isWhole && combination.node === own ? { contract: contractOf(combination) } : {};
  const shown: Shown = { ...run(combination), ...contracts };
  const cells = names.map((name) => shown[name] ?? (isWhole ? undefined : cellBefore(combination, name)) ?? "–");
  if (cells.some((text) => text.startsWith("FAILED"))) failures += 1;
  const row = `${nameOf(combination)} ${cells.join(" | ")} |`;
  rows.set(nameOf(combination), row);
  console.log(row);
}
if (values.write) write(rows);
if (failures > 0) console.error(`${failures} of ${chosen.length} combinations failed`);
process.exitCode = failures > 0 ? 1 : 0;
