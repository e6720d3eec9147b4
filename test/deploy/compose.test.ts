// docker-compose.yml and deploy/compose, by the schema of the Compose Specification, and by forker's options and deadlines.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { parseCommandLine } from "../../src/config/command-line.ts";
import { parseDuration } from "../../src/config/duration.ts";
import { readSettings } from "../../src/config/read-settings.ts";
import { parseWorkload } from "../../src/config/workload-parser.ts";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { composeProblems } from "./schema-store.ts";

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly stop_grace_period?: string;
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[]; readonly start_period: string };
}
interface ComposeFile {
  readonly services: { readonly workers: Service };
}

const root = new URL("../../", import.meta.url);
const folder = new URL("deploy/compose/", root);
const overrides = readdirSync(folder);
const read = (file: URL) => parse(readFileSync(file, "utf8")) as ComposeFile;
const main = read(new URL("docker-compose.yml", root));

function settingsOf(environment: Service["environment"]) {
  const answer = readSettings(environment, "./workers.mjs");
  assert.ok("settings" in answer, JSON.stringify(answer));
  assert.deepEqual(answer.warnings, []);
  return answer.settings;
}

describe("the compose files", () => {
  test("have only what the Compose Specification allows", () => {
    assert.deepEqual(composeProblems(main), []);
    assert.ok(overrides.length > 0);
    for (const file of overrides) assert.deepEqual(composeProblems(read(new URL(file, folder))), [], file);
  });

  test("have a schema that finds a misspelled field and wrong types", () => {
    const { workers } = main.services;
    const wrong = (service: object) => composeProblems({ services: { workers: { ...workers, ...service } } }).join();
    assert.match(wrong({ stop_grace_perod: "35s" }), /must NOT have additional properties/);
    assert.match(wrong({ cap_drop: "ALL" }), /\/services\/workers\/cap_drop must be array/);
    assert.match(wrong({ restart: ["always"] }), /\/services\/workers\/restart must be string/);
  });

  test("give a drain the time that it may take, and a boot before the health check counts", () => {
    const { environment, stop_grace_period: grace = "", healthcheck } = main.services.workers;
    const { drainTimeoutMs, stopTimeoutMs, bootTimeoutMs } = settingsOf(environment);
    const longestMs = drainTimeoutMs + stopTimeoutMs + fixedLimits.handBackTimeMs + fixedLimits.exitTimeMs;
    assert.ok((parseDuration(grace) ?? 0) >= longestMs, `${grace}, ${longestMs} ms`);
    assert.ok((parseDuration(healthcheck?.start_period ?? "") ?? 0) >= bootTimeoutMs);
    const [kind, program, ...words] = healthcheck?.test ?? [];
    assert.deepEqual([kind, program], ["CMD", "forker"]);
    assert.equal(parseCommandLine(words).kind, "status");
    assert.ok(parseWorkload(environment["WORKLOAD"] ?? "", { cpus: 1 }).length > 0);
  });

  test("take all capabilities away, except for those that a change of user needs", () => {
    const { workers } = read(new URL("drop-root.yml", folder)).services;
    assert.deepEqual(main.services.workers.cap_drop, ["ALL"]);
    assert.deepEqual(workers.cap_add, ["SETUID", "SETGID"]);
    assert.equal(workers.user, "0:0");
    settingsOf({ ...main.services.workers.environment, ...workers.environment });
  });
});
