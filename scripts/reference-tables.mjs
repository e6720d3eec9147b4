// Generates the reference tables and lists of README.md and docs/ from the code (npm run fix). With --check, reports stale ones (npm run check).
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { httpRoutes } from "../src/admin/http-routes.ts";
import { metricTable } from "../src/admin/metric-table.ts";
import { honouredOptions, refusedOptions } from "../src/app/worker-option-table.ts";
import { memberTable } from "../src/bull/adoption/member-table.ts";
import { environment } from "../src/config/environment.ts";
import { exitCodes } from "../src/exit/exit-codes.ts";
import { forwardedSignals, signalsLeftAlone, signalTable } from "../src/signals/signal-table.ts";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

const variables = Object.entries(environment).map(([name, { default: value, meaning, expected }]) => ({
  variable: `\`${name}\``,
  default: value === "" ? "–" : `\`${value}\``,
  meaning,
  expected,
}));

const signals = Object.entries(signalTable).map(([name, { initMeaning, workerMeaning }]) => ({
  signal: name.slice("SIG".length),
  "to init": initMeaning,
  "to one worker": workerMeaning,
}));

/** `forker -- command` exits with the command's own code. */
const codes = [
  ...Object.entries(exitCodes).map(([name, { code, meaning }]) => ({ code: String(code), name, meaning })),
  { code: "128 + n", name: "", meaning: "`forker -- command`: the command died of signal n." },
];

const code = (text) => `\`${text}\``;

const routes = Object.entries(httpRoutes).map(([route, { statuses, body, purpose }]) => ({
  path: code(route),
  "status codes": Object.entries(statuses)
    .map(([status, condition]) => (condition === "always" ? status : `${status}: ${condition}`))
    .join("; "),
  body,
  purpose,
}));

const metrics = Object.entries(metricTable).map(([name, { type, help, labels }]) => ({
  name: code(name),
  type,
  labels: labels.map(code).join(", "),
  meaning: help,
}));

const honoured = Object.entries(honouredOptions).map(([option, { effect, expected }]) => ({
  option: code(option),
  "in forker": effect,
  expected: expected.replaceAll(/\{ .+? \}/g, code),
}));

const refused = Object.entries(refusedOptions).map(([option, { why, instead, insteadIfAdopted, ifAdopted }]) => ({
  option: code(option),
  "why not": why,
  instead,
  "in a Worker of the application's own":
    insteadIfAdopted === undefined ? (ifAdopted ?? "as in BullMQ") : `ignored, with a warning: ${insteadIfAdopted}`,
}));

const members = Object.entries(memberTable).map(([name, { inTemplate, inWorker }]) => ({
  member: code(name),
  "in the template": inTemplate,
  "in a worker": inWorker,
}));

/** By the name in `<!-- table: NAME -->`. */
const tables = {
  "honoured worker options": { titles: ["option", "in forker", "expected"], rows: honoured },
  "refused worker options": {
    titles: ["option", "why not", "instead", "in a Worker of the application's own"],
    rows: refused,
  },
  environment: { titles: ["variable", "default", "meaning", "expected"], rows: variables },
  signals: { titles: ["signal", "to init", "to one worker"], rows: signals },
  "signals to init": { titles: ["signal", "to init"], rows: signals },
  "exit codes": { titles: ["code", "name", "meaning"], rows: codes },
  "http routes": { titles: ["path", "status codes", "body", "purpose"], rows: routes },
  metrics: { titles: ["name", "type", "labels", "meaning"], rows: metrics },
  "adopted members": { titles: ["member", "in the template", "in a worker"], rows: members },
};

const shortNames = (names) => names.map((name) => name.slice("SIG".length)).join(", ");

/** By the name in `<!-- list: NAME -->`, within a line. */
const lists = {
  "forwarded signals": shortNames(forwardedSignals),
  "signals left alone": shortNames(signalsLeftAlone),
};

function tableText({ titles, rows }) {
  const line = (cells) => `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |");
  const body = rows.map((cells) => line(titles.map((title) => cells[title].replaceAll("|", "\\|"))));
  return [line(titles), line(titles.map(() => "---")), ...body].join("\n");
}

function named(texts, name, file) {
  if (!Object.hasOwn(texts, name)) throw new Error(`${file}: there is no "${name}"`);
  return texts[name];
}

function withTables(text, file) {
  return text.replaceAll(/<!-- table: (.+) -->\n[^]*?<!-- end of table -->/g, (_, name) => {
    return `<!-- table: ${name} -->\n\n${tableText(named(tables, name, file))}\n\n<!-- end of table -->`;
  });
}

function withLists(text, file) {
  return text.replaceAll(/<!-- list: (.+?) -->.*?<!-- end of list -->/g, (_, name) => {
    return `<!-- list: ${name} -->${named(lists, name, file)}<!-- end of list -->`;
  });
}

const isCheck = process.argv.includes("--check");
const files = ["ADOPTION", "ENVIRONMENT", "EXIT-CODES", "HEALTH", "SIGNALS", "WORKER-OPTIONS"].map(
  (name) => `docs/${name}.md`,
);
for (const file of ["README.md", ...files]) {
  const text = readFileSync(path.join(root, file), "utf8");
  const written = withLists(withTables(text, file), file);
  if (written === text) continue;
  if (!isCheck) writeFileSync(path.join(root, file), written);
  else {
    console.error(`${file}: a reference table or list differs from the code; run npm run fix`);
    process.exitCode = 1;
  }
}
