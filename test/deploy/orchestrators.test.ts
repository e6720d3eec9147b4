// deploy/ecs, deploy/nomad and deploy/fly, by the types, the parser and the schema of each, and by forker's own deadlines.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse as parseToml } from "smol-toml";
import { readSettings } from "../../src/config/read-settings.ts";
import { parseWorkload } from "../../src/config/workload-parser.ts";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { schemaProblems } from "./schema-store.ts";

/** HashiCorp's own parser. An import would bring the types of the browser into this program. */
const { parse: parseHcl } = createRequire(import.meta.url)("@cdktf/hcl2json") as {
  parse(this: void, file: string, text: string): Promise<unknown>;
};
const here = fileURLToPath(new URL(".", import.meta.url));
const read = (name: string) => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), "utf8");

/** The settings that forker reads from the variables of a definition. The address of Redis comes from a secret. */
function settingsOf(variables: Readonly<Record<string, string>>) {
  const answer = readSettings({ ...variables, REDIS_URL: "redis://redis:6379" }, "./workers.mjs");
  assert.ok("settings" in answer, JSON.stringify(answer));
  assert.deepEqual(answer.warnings, []);
  assert.ok(parseWorkload(variables["WORKLOAD"] ?? "", { cpus: 1 }).length > 0);
  return answer.settings;
}

/** The time from the signal to the container's end, at the longest, and ten seconds to spare. */
function drainMs({ drainTimeoutMs, stopTimeoutMs }: ReturnType<typeof settingsOf>): number {
  return drainTimeoutMs + stopTimeoutMs + fixedLimits.handBackTimeMs + fixedLimits.exitTimeMs + 10_000;
}

describe("deploy/ecs", () => {
  interface Container {
    readonly environment: readonly { readonly name: string; readonly value: string }[];
    readonly stopTimeout: number;
    readonly healthCheck: Readonly<Record<"startPeriod" | "interval" | "retries", number>>;
    readonly linuxParameters: { readonly initProcessEnabled: boolean };
  }
  const text = read("ecs/task-definition.json");
  const { containerDefinitions } = JSON.parse(text) as { readonly containerDefinitions: readonly [Container] };
  const [container] = containerDefinitions;
  const settings = settingsOf(Object.fromEntries(container.environment.map(({ name, value }) => [name, value])));

  const folder = mkdtempSync(path.join(here, "types-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The errors of TypeScript, by the types of Amazon's own client. */
  function typeErrors(definition: string): string {
    const file = path.join(folder, "definition.ts");
    const command = "RegisterTaskDefinitionCommandInput";
    writeFileSync(
      file,
      `import type { ${command} } from "@aws-sdk/client-ecs";\nexport const definition: ${command} = ${definition};\n`,
    );
    const words = ["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig", "--types", "node"];
    const nodeOptions = ["--module", "nodenext", "--moduleResolution", "nodenext"];
    const tsc = path.join(here, "../../node_modules/.bin/tsc");
    const { stdout, stderr, error } = spawnSync(tsc, [...words, ...nodeOptions, file], { encoding: "utf8" });
    if (error !== undefined) throw error;
    return stdout + stderr;
  }

  test("has only what Amazon's client accepts", () => assert.equal(typeErrors(text), ""));

  test("is refused if a field is misspelled, or a value is unknown", () => {
    assert.match(typeErrors(text.replace("stopTimeout", "stopTimout")), /"stopTimout"' does not exist/);
    assert.match(typeErrors(text.replace("FARGATE", "FARGAT")), /"FARGAT"' is not assignable/);
  });

  test("gives a drain the time that it may take, within Fargate's limit, and a boot", () => {
    assert.ok(container.stopTimeout * 1_000 >= drainMs(settings) - 10_000, `${drainMs(settings)}`);
    assert.ok(container.stopTimeout <= 120);
    assert.ok(container.healthCheck.startPeriod * 1_000 > settings.bootTimeoutMs + fixedLimits.bootGraceMs);
  });

  test("leaves PID 1 to forker", () => assert.equal(container.linuxParameters.initProcessEnabled, false));
});

describe("deploy/nomad", () => {
  interface Task {
    readonly kill_signal: string;
    readonly kill_timeout: string;
    readonly env: readonly [Readonly<Record<string, string>>];
    readonly config: readonly [{ readonly init: boolean; readonly ports: readonly string[] }];
  }
  const text = read("nomad/workers.nomad.hcl");

  async function taskOf(hcl: string): Promise<Task> {
    const all = (await parseHcl("workers.nomad.hcl", hcl)) as {
      job: { workers: [{ group: { workers: [{ task: { workers: [Task] } }] } }] };
    };
    return all.job.workers[0].group.workers[0].task.workers[0];
  }

  test("is valid HCL, and a broken one is refused", async () => {
    assert.ok(await taskOf(text));
    await assert.rejects(async () => taskOf(text.replace('job "workers" {', 'job "workers" {{')));
  });

  test("drains with QUIT, in the time that a drain may take", async () => {
    const task = await taskOf(text);
    assert.equal(task.kill_signal, "SIGQUIT");
    assert.ok(Number.parseInt(task.kill_timeout, 10) * 1_000 >= drainMs(settingsOf(task.env[0])));
    assert.equal(task.config[0].init, false);
  });
});

describe("deploy/fly", () => {
  const text = read("fly/fly.toml");
  interface FlyConfiguration {
    readonly kill_signal: string;
    readonly kill_timeout: number;
    readonly env: Readonly<Record<string, string>>;
    readonly checks: {
      readonly ready: { readonly path: string; readonly port: number; readonly grace_period: string };
    };
  }
  const parsed = parseToml(text) as unknown as FlyConfiguration;
  const settings = settingsOf(parsed.env);

  test("has only what its schema allows, which finds an unknown signal and a wrong type", () => {
    // The schema expects a list of tables for [env], which is one table in Fly's reference.
    const { env, ...others } = parsed;
    assert.ok(Object.values(env).every((value) => typeof value === "string"));
    assert.deepEqual(schemaProblems("fly.json", others), []);
    assert.deepEqual(schemaProblems("fly.json", { ...others, kill_signal: "QUIT", kill_timeout: "45" }), [
      "/kill_timeout must be integer",
      "/kill_signal must be equal to one of the allowed values",
    ]);
  });

  test("drains with QUIT, in the time that a drain may take, and waits for a boot", () => {
    assert.equal(parsed.kill_signal, "SIGQUIT");
    assert.ok(parsed.kill_timeout * 1_000 >= drainMs(settings));
    const { grace_period, port, path: probe } = parsed.checks.ready;
    assert.ok(Number.parseInt(grace_period, 10) * 1_000 > settings.bootTimeoutMs + fixedLimits.bootGraceMs);
    assert.deepEqual([probe, port], ["/readyz", settings.http?.port]);
  });
});
