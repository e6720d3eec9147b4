import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type Plan, planFiles } from "../../../src/starter/plan.ts";
import { readProject } from "../../../src/starter/project.ts";
import { projectFolder } from "../../support/project-folder.ts";

type Files = Parameters<typeof projectFolder>[1];

const planOf = (context: TestContext, files: Files, withKubernetes = false) =>
  planFiles(readProject(projectFolder(context, files)), withKubernetes);
const names = ({ missing }: Plan) => missing.map(({ file }) => file);
const textOf = ({ missing }: Plan, file: string) => missing.find((one) => one.file === file)?.text ?? "";
const lineOf = (plan: Plan, file: string, word: string) =>
  textOf(plan, file)
    .split("\n")
    .find((line) => line.trim().startsWith(word))
    ?.trim();

describe("forker init in a project", () => {
  test("of plain JavaScript writes all that is missing", (context) => {
    const plan = planOf(context, { "package.json": { name: "shop", main: "index.js" }, "package-lock.json": "{}" });
    assert.deepEqual(names(plan), ["workers.mjs", "Dockerfile", ".dockerignore", "docker-compose.yml"]);
    assert.equal(lineOf(plan, "Dockerfile", "ENTRYPOINT"), 'ENTRYPOINT ["forker", "./workers.mjs"]');
    assert.equal(
      lineOf(plan, "workers.mjs", "// await"),
      '// await import("./index.js"); // what npm start runs: import the parts that the processors need',
    );
    assert.deepEqual(plan.next, [
      "npm install bullmq-forker && npx forker check ./workers.mjs",
      "docker compose up --build workers",
    ]);
  });

  test("of TypeScript with a build builds in a stage of its own, and starts what tsc makes", (context) => {
    const plan = planOf(context, {
      "package.json": {
        scripts: { build: "tsc", start: "node dist/main.js" },
        dependencies: { "bullmq-forker": "1" },
        engines: { node: "^22.18" },
      },
      "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
      "tsconfig.json":
        '{\n  // "outDir": "wrong",\n  "compilerOptions": { "outDir": "./lib/", "rootDir": "src" }, /* … */\n}',
      "src/jobs/workers.mts": 'export default defineForker({ setup(forker) { forker.workload = "mail"; } });',
      "lib/jobs/workers.mjs": "defineForker()",
    });
    assert.deepEqual(names(plan), ["Dockerfile", ".dockerignore", "docker-compose.yml"]);
    const lines = textOf(plan, "Dockerfile").split("\n");
    assert.deepEqual(
      lines.filter((line) => /^(FROM|RUN|COPY|ENTRYPOINT)/.test(line)),
      [
        "FROM node:22-bookworm AS build",
        "RUN npm install --global pnpm@10",
        "COPY package.json pnpm-lock.yaml ./",
        "RUN pnpm install --frozen-lockfile",
        "COPY . .",
        "RUN pnpm run build && CI=true pnpm prune --prod",
        "FROM node:22-bookworm-slim",
        "COPY --from=build /app ./",
        'ENTRYPOINT ["forker", "./lib/jobs/workers.mjs"]',
      ],
    );
    assert.ok(textOf(plan, ".dockerignore").split("\n").includes("lib"));
    assert.equal(lineOf(plan, "docker-compose.yml", "WORKLOAD"), undefined, "it would win over what setup() sets");
    assert.deepEqual(plan.next, [
      "pnpm run build && pnpm exec forker check ./lib/jobs/workers.mjs",
      "docker compose up --build workers",
    ]);
    assert.deepEqual(plan.kept, [{ file: "src/jobs/workers.mts", why: "it defines a forker" }]);
  });

  test("of TypeScript that Node runs as it is starts that file", (context) => {
    const plan = planOf(context, {
      "package.json": { type: "module" },
      "yarn.lock": "# yarn lockfile v1",
      "tsconfig.json": "{}",
      "src/workers.ts": "export default defineForker({ processors: {} });",
      "src/workers.test.ts": "defineForker({})",
    });
    assert.equal(lineOf(plan, "Dockerfile", "ENTRYPOINT"), 'ENTRYPOINT ["forker", "./src/workers.ts"]');
    assert.equal(plan.next[0], "yarn add bullmq-forker && yarn run forker check ./src/workers.ts");
  });

  test("that has all of it writes nothing", (context) => {
    const plan = planOf(context, {
      "package.json": { dependencies: { "bullmq-forker": "1" } },
      "package-lock.json": "{}",
      "workers.mjs": "export default defineForker({});",
      Dockerfile: 'ENTRYPOINT ["forker", "./workers.mjs"]',
      ".dockerignore": "node_modules",
      "compose.yaml": "services:\n  jobs:\n    command: [forker, ./workers.mjs]",
    });
    assert.deepEqual(names(plan), []);
    assert.deepEqual(
      plan.kept.map(({ file }) => file),
      ["workers.mjs", "Dockerfile", ".dockerignore", "compose.yaml"],
    );
  });

  test("whose Dockerfile and compose file are for something else gets others next to them", (context) => {
    const plan = planOf(context, {
      "package.json": { engines: { node: "26" } },
      Dockerfile: "FROM node:24\nCMD node server.js",
      "compose.yaml":
        "services:\n  web:\n    build: .\n  cache:\n    image: 'docker.io/valkey/valkey:8'\n  db:\n    image: postgres\n",
    });
    assert.deepEqual(names(plan), ["workers.mjs", "Dockerfile.workers", ".dockerignore", "docker-compose.workers.yml"]);
    assert.equal(lineOf(plan, "Dockerfile.workers", "FROM"), "FROM node:26-bookworm-slim");
    assert.equal(lineOf(plan, "docker-compose.workers.yml", "dockerfile"), "dockerfile: Dockerfile.workers");
    assert.equal(lineOf(plan, "docker-compose.workers.yml", "REDIS_URL"), "REDIS_URL: redis://cache:6379");
    assert.equal(plan.next[1], "docker compose -f compose.yaml -f docker-compose.workers.yml up --build workers");
  });

  test("whose compose file has no Redis asks for its URL", (context) => {
    const plan = planOf(context, { "package.json": {}, "docker-compose.yml": "services:\n  web:\n    image: web\n" });
    assert.match(textOf(plan, "docker-compose.workers.yml"), /REDIS_URL: "\$\{REDIS_URL:\?/);
    assert.doesNotMatch(textOf(plan, "docker-compose.workers.yml"), /image: redis|depends_on/);
  });

  test("that makes Workers lists their queues in the application file", (context) => {
    const plan = planOf(context, {
      "package.json": {},
      "src/mail.ts": 'const worker = new Worker<Mail>("mail", send); new Worker(`${x}`, y); new Worker("mail", z);',
      "src/reports.js": "new Worker(\n  'monthly-reports', './report.js')",
      "node_modules/x/index.js": 'new Worker("other", y)',
    });
    const found = textOf(plan, "workers.mjs").match(/\/\/ \S+: async .*/g) ?? [];
    assert.deepEqual(found, [
      "// mail: async (job, token, signal) => { /* … */ }, // the Worker in src/mail.ts",
      '// "monthly-reports": async (job, token, signal) => { /* … */ }, // the Worker in src/reports.js',
    ]);
  });

  test("gets Kubernetes' manifests on request, with its image and a port that is free", (context) => {
    const files = {
      "package.json": { name: "@acme/Shop API", version: "2.1.0+7", scripts: { start: "PORT=9400 node server.js" } },
    };
    assert.ok(!names(planOf(context, files)).some((file) => file.includes("kubernetes")));
    const plan = planOf(context, files, true);
    assert.deepEqual(names(plan).slice(-2), ["kubernetes/deployment.yaml", "kubernetes/poddisruptionbudget.yaml"]);
    const deployment = textOf(plan, "kubernetes/deployment.yaml");
    assert.match(deployment, /image: registry\.example\.com\/shop-api:2\.1\.0-7\n/);
    assert.match(deployment, /value: ":9401"/);
    assert.match(deployment, /containerPort: 9401\n/);
    assert.match(deployment, /^ {2}replicas: 2$/m);
    assert.doesNotMatch(deployment, /scaledobject|import/);
  });
});

describe("forker init refuses", () => {
  for (const [what, files, exitCode, message] of [
    [
      "a folder without a package.json",
      {},
      66,
      /^init: expected a package\.json in .*, got none; run this in your project's folder$/,
    ],
    ["a package.json that is not JSON", { "package.json": "{,}" }, 65, /^init: package\.json: expected JSON, got: .*$/],
    [
      "a package.json that is a list",
      { "package.json": "[]" },
      65,
      /^init: package\.json: expected an object, got \[\]$/,
    ],
    [
      "a Node that forker does not run on",
      { "package.json": { engines: { node: "20.x" } } },
      65,
      /engines\.node: expected a range that allows Node 22, 24 or 26, got "20\.x"$/,
    ],
  ] as const) {
    test(what, (context) => {
      assert.throws(() => planOf(context, files), { code: "ERR_FORKER_INIT", exitCode, message });
    });
  }

  test("a package of a workspace, whose lock file is elsewhere", (context) => {
    const top = projectFolder(context, {
      "package.json": { workspaces: ["packages/*"] },
      "package-lock.json": "{}",
      "packages/a/package.json": {},
    });
    mkdirSync(path.join(top, "packages/b"));
    assert.throws(() => readProject(path.join(top, "packages/a")), {
      message: /^init: expected a lock file in .*packages\/a, got .*\/package-lock\.json, of a workspace; /,
    });
  });
});
