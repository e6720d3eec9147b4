import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { setters } from "../../src/app/setup-values.ts";
import { hookNames } from "../../src/app/validate.ts";
import { environment } from "../../src/config/environment.ts";
import { formatWorkerSpec } from "../../src/config/workload.ts";
import { parseWorkload } from "../../src/config/workload-parser.ts";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { signalTable } from "../../src/signals/signal-table.ts";
import { planFiles } from "../../src/starter/plan.ts";
import { readProject } from "../../src/starter/project.ts";
import { projectFolder } from "../support/project-folder.ts";

function read(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");
}

/** The cells of every table row whose first cell is like that. A pipe within a cell is written `\|`. */
function rows(markdown: string, firstCell: RegExp): string[][] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([first = ""]) => firstCell.test(first));
}

function code(cell: string | undefined): string {
  return /^`(.+)`$/.exec(cell ?? "")?.[1] ?? "";
}

const variables = Object.entries(environment);

test("docs/ENVIRONMENT.md lists exactly the variables that exist, as they are", () => {
  assert.deepEqual(
    rows(read("docs/ENVIRONMENT.md"), /^`[A-Z_]+`$/),
    variables.map(([name, variable]) => [
      `\`${name}\``,
      variable.default === "" ? "–" : `\`${variable.default}\``,
      variable.meaning,
      variable.expected,
    ]),
  );
});

test("docs/EXIT-CODES.md lists exactly the exit codes that exist, as they are", () => {
  assert.deepEqual(
    rows(read("docs/EXIT-CODES.md"), /^\d+$/),
    Object.entries(exitCodes).map(([name, { code: number, meaning }]) => [String(number), name, meaning]),
  );
});

test("each exit code has one meaning", () => {
  const numbers = Object.values(exitCodes).map(({ code: number }) => number);
  assert.equal(new Set(numbers).size, numbers.length);
});

describe("README.md", () => {
  test("has a row for each signal, and for no other", () => {
    assert.deepEqual(
      rows(read("README.md"), /^[A-Z]{2,6}\d?$/),
      Object.entries(signalTable).map(([name, { initMeaning }]) => [name.slice("SIG".length), initMeaning]),
    );
  });

  test("links every page of docs/", () => {
    const pages = readdirSync(new URL("../../docs", import.meta.url)).filter((name) => name.endsWith(".md"));
    const text = read("README.md");
    assert.deepEqual(
      pages.filter((page) => !text.includes(`(docs/${page})`)),
      [],
    );
  });

  for (const [file, block] of [
    ["Dockerfile", /```dockerfile\n# Dockerfile\n([^]+?)```/],
    [".dockerignore", /```text\n# \.dockerignore\n([^]+?)```/],
  ] as const) {
    test(`has the ${file} of docs/CONTAINERS.md, of deploy/docker and of forker init`, (context) => {
      const text = block.exec(read("README.md"))?.[1] ?? "";
      assert.equal(read(`deploy/docker/${file}`), text);
      assert.ok(read("docs/CONTAINERS.md").includes(`\n${text}\`\`\``));
      const folder = projectFolder(context, { "package.json": { name: "shop" }, "package-lock.json": "{}" });
      const { missing } = planFiles(readProject(folder), false);
      assert.equal(missing.find((one) => one.file === file)?.text, text);
    });
  }
});

describe("docs/WORKLOAD.md", () => {
  const text = read("docs/WORKLOAD.md");
  const forms = rows(text.slice(text.indexOf("## Every form")), /^`.+`$/);

  test("shows forms", () => assert.ok(forms.length >= 12));
  for (const [written, workers] of forms) {
    test(`as ${written}, which is ${workers}`, () => {
      const workload = parseWorkload(code(written), { cpus: 1 });
      assert.equal(workload.map(formatWorkerSpec).join("; "), code(workers));
    });
  }

  test("has a well-formed example of several lines", () => {
    const block = /WORKLOAD: \|\n((?: {4}.*\n)+)/.exec(text)?.[1]?.replaceAll(/^ {4}/gm, "") ?? "";
    assert.deepEqual(parseWorkload(block, { cpus: 1 }).map(formatWorkerSpec), [
      "import",
      "import",
      "import,export @2",
      "mail-*,!mail-bulk",
      "*",
    ]);
  });

  const mistakes =
    /```text\n(WORKLOAD[^]*?)```/
      .exec(text)?.[1]
      ?.trimEnd()
      .split(/\n(?=WORKLOAD)/) ?? [];
  test("shows mistakes", () => assert.ok(mistakes.length >= 4));
  for (const message of mistakes) {
    const workload = message.split("\n")[1]?.slice(2) ?? "";
    test(`as ${workload}, which fails as it says`, () => {
      assert.throws(() => parseWorkload(workload, { cpus: 1 }), { message });
    });
  }
});

test("docs/APPLICATION.md lists every hook, in order, and every property of setup()", () => {
  const text = read("docs/APPLICATION.md");
  const hooks = rows(text, /^`\w+\(.*\)`$/).map(([hook]) => code(hook).replace(/\(.*/, ""));
  assert.deepEqual(hooks, [...hookNames]);
  const properties = rows(text, /^`forker\./).map(([property]) => /^forker\.(\w+)/.exec(code(property))?.[1] ?? "");
  assert.deepEqual(properties.toSorted(), [...Object.keys(setters), "generation", "user"].toSorted());
});

describe("docs/MIGRATING.md", () => {
  const declarations = "node_modules/bullmq/dist/esm/interfaces";
  const membersOf = (file: string, name: string) => {
    const text = read(`${declarations}/${file}.d.ts`).replaceAll(/\/\*[^]*?\*\//g, "");
    const body = new RegExp(`interface ${name}\\b[^{]*\\{([^}]*)\\}`).exec(text)?.[1] ?? "";
    return [...body.matchAll(/^ +(\w+)\??:/gm)].map(([, member = ""]) => member);
  };

  test("has a row for each of BullMQ's worker options, and for no other", () => {
    const settings = ["AdvancedOptions", "AdvancedRepeatOptions"].flatMap((name) =>
      membersOf("advanced-options", name),
    );
    const options = [
      ...membersOf("worker-options", "WorkerOptions").filter((name) => name !== "settings"),
      ...membersOf("queue-options", "QueueBaseOptions"),
      ...membersOf("queue-options", "KeyPrefixOptions"),
      ...membersOf("sandboxed-options", "SandboxedOptions"),
      ...settings.map((name) => `settings.${name}`),
    ];
    assert.ok(options.length >= 30, options.join());
    const text = read("docs/MIGRATING.md");
    const table = text.slice(text.indexOf("### Worker options"), text.indexOf("### Events and methods"));
    const named = rows(table, /^`/).flatMap(([first = ""]) =>
      [...first.matchAll(/`([\w.]+)/g)].map(([, name = ""]) => name),
    );
    const methods = ["worker.run", "pause", "resume"];
    assert.deepEqual(named.filter((name) => !methods.includes(name)).toSorted(), [...new Set(options)].toSorted());
  });
});
