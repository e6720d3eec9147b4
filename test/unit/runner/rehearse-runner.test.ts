import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Application } from "../../../src/app/application.ts";
import { loadBull } from "../../../src/bull/library/load-bull.ts";
import type { TemplateLaunchConfig } from "../../../src/protocol/launch-config.ts";
import { rehearseRunner } from "../../../src/runner/rehearse-runner.ts";
import { eventually } from "../../support/deadline.ts";
import { settingsByDefault } from "../../support/settings.ts";

const refuse = () => assert.fail("code of the application was called");
const application = {
  path: import.meta.filename,
  config: { workload: [], timeLimits: [], redis: { prefix: "bull" } },
  processorFor: refuse,
  supplyWorker: refuse,
  optionsFor: refuse,
} as unknown as Application;
const launch = { generation: 1, settings: settingsByDefault(), initPid: 1, version: "1" } as TemplateLaunchConfig;

/** Loading BullMQ leaves a file request for a moment. */
const handles = () => process.getActiveResourcesInfo().filter((kind) => !kind.startsWith("FSReq"));
const listenerCounts = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);

describe("the rehearsal of a runner", () => {
  test("performs its jobs, and leaves no handle, timer or listener", async () => {
    await loadBull(application.path);
    const before = { resources: handles(), listeners: listenerCounts() };
    assert.equal(await rehearseRunner(application, launch), 10);
    await eventually(30_000, "the end of the last handle", () =>
      handles().length === before.resources.length ? true : undefined,
    );
    assert.deepEqual({ resources: handles(), listeners: listenerCounts() }, before);
  });
});
