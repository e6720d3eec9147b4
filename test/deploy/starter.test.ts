import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { Deployment } from "kubernetes-models/apps/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { parse } from "yaml";
import { readSettings } from "../../src/config/read-settings.ts";
import { planFiles } from "../../src/starter/plan.ts";
import { readProject } from "../../src/starter/project.ts";
import { projectFolder } from "../support/project-folder.ts";
import { type Plain, problemsOf } from "./manifest.ts";
import { composeProblems } from "./schema-store.ts";

const shapes: Readonly<Record<string, Parameters<typeof projectFolder>[1]>> = {
  npm: { "package.json": { name: "shop" }, "package-lock.json": "{}" },
  "TypeScript and pnpm": {
    "package.json": { name: "@a/b", scripts: { build: "tsc" }, devDependencies: { typescript: "5" } },
    "pnpm-lock.yaml": "",
    "src/workers.ts": "export default defineForker({ setup(forker) { forker.workload = 4; } });",
  },
  "yarn, beside a web application": {
    "package.json": { name: "web", version: "1.2.3-rc.1" },
    "yarn.lock": "# yarn lockfile v1",
    Dockerfile: "FROM node:24",
    "docker-compose.yml": "services:\n  redis:\n    image: redis\n",
  },
};

function filesOf(context: TestContext, shape: string): Map<string, string> {
  const { missing } = planFiles(readProject(projectFolder(context, shapes[shape] ?? {})), true);
  return new Map(missing.map(({ file, text }) => [file, text]));
}

interface Service {
  readonly build?: string | { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[];
}

/** Instructions and their words, as docs.docker.com/reference/dockerfile has them. The written ones do not continue on another line. */
function instructionsOf(dockerfile: string): { name: string; words: string }[] {
  return dockerfile
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, name = "", words = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      return { name, words };
    });
}

describe("what forker init writes", () => {
  for (const shape of Object.keys(shapes)) {
    test(`is accepted by Kubernetes' schemas: ${shape}`, (context) => {
      const files = filesOf(context, shape);
      const read = (file: string) => parse(files.get(file) ?? "") as Plain;
      assert.deepEqual(problemsOf(read("kubernetes/deployment.yaml"), Deployment), []);
      assert.deepEqual(problemsOf(read("kubernetes/poddisruptionbudget.yaml"), PodDisruptionBudget), []);
    });

    test(`is a compose file whose service forker can start: ${shape}`, (context) => {
      const files = filesOf(context, shape);
      const [, text = ""] = [...files].find(([file]) => file.startsWith("docker-compose")) ?? [];
      assert.deepEqual(composeProblems(parse(text)), []);
      const { services } = parse(text) as { services: Record<string, Service> };
      const { workers } = services;
      assert.ok(workers?.build !== undefined);
      const dockerfile = typeof workers.build === "string" ? "Dockerfile" : workers.build.dockerfile;
      assert.ok(files.has(dockerfile), dockerfile);
      const answer = readSettings({ ...workers.environment }, "./workers.mjs");
      assert.ok("settings" in answer, JSON.stringify(answer));
      assert.deepEqual(answer.warnings, []);
    });

    test(`is a Dockerfile of known instructions, in exec form: ${shape}`, (context) => {
      const files = filesOf(context, shape);
      const [, text = ""] = [...files].find(([file]) => file.startsWith("Dockerfile")) ?? [];
      const instructions = instructionsOf(text);
      const known = ["FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"];
      assert.deepEqual(
        instructions.filter(({ name }) => !known.includes(name)),
        [],
      );
      assert.equal(instructions[0]?.name, "FROM");
      const entrypoint = instructions.find(({ name }) => name === "ENTRYPOINT")?.words ?? "";
      assert.equal((JSON.parse(entrypoint) as string[])[0], "forker");
      const check = instructions.find(({ name }) => name === "HEALTHCHECK")?.words ?? "";
      assert.deepEqual(JSON.parse(check.replace(/^.* CMD /, "")), ["forker", "status", "--check"]);
    });
  }
});
