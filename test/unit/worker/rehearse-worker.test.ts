import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import diagnosticsChannel from "node:diagnostics_channel";
import { describe, test } from "node:test";
import type { Application } from "../../../src/app/application.ts";
import { changeMethods } from "../../../src/bull/adoption/adopted-methods.ts";
import { AdoptedWorkers } from "../../../src/bull/adoption/adopted-workers.ts";
import { loadBull } from "../../../src/bull/library/load-bull.ts";
import { deferConnections } from "../../../src/bull/parking/defer-connection.ts";
import { prototypeOfClient } from "../../../src/bull/parking/recognize-client.ts";
import { rehearseWorker } from "../../../src/worker/rehearse-worker.ts";
import { applicationWith, supportedBulls } from "../../support/bull-versions.ts";
import { eventually } from "../../support/deadline.ts";
import { settingsByDefault } from "../../support/settings.ts";

const refuse = () => assert.fail("code of the application was called");
const application = {
  path: import.meta.filename,
  config: { workload: [], queueDiscoveryIntervalMs: 5_000, verbose: false, timeLimits: [], redis: { prefix: "bull" } },
  processorFor: refuse,
  supplyWorker: refuse,
  optionsFor: refuse,
  jobsAtATime: refuse,
} as unknown as Application;

/** Loading BullMQ leaves a file request for a moment. */
const handles = () => process.getActiveResourcesInfo().filter((kind) => !kind.startsWith("FSReq"));
const listenerCounts = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);

describe("the rehearsal of a worker", () => {
  test("reaches the wait for a job, ends, and leaves no handle, timer or listener", async () => {
    await loadBull(application.path);
    const before = { resources: handles(), listeners: listenerCounts() };
    const native: string[] = [];
    const hook = createHook({
      init: (_id, type) => {
        if (/^(TCP|PIPE|UDP|TTY|GETADDRINFO)/.test(type)) native.push(type);
      },
    }).enable();
    assert.equal(await rehearseWorker(application, settingsByDefault()), "done");
    // A closed connection has a timer for a moment.
    await eventually(5_000, "the end of the last handle", () =>
      handles().length === before.resources.length ? true : undefined,
    );
    hook.disable();
    assert.deepEqual(native, [], "no socket was opened");
    assert.deepEqual({ resources: handles(), listeners: listenerCounts() }, before);
  });

  test("can be repeated", async () => {
    for (let times = 0; times < 3; times++)
      assert.equal(await rehearseWorker(application, settingsByDefault()), "done");
  });

  for (const name of ["tracing:ioredis:command:start", "tracing:ioredis:connect:asyncEnd", "tracing:ioredis:batch:end"])
    test(`is left out if the application subscribes to ${name}`, async () => {
      diagnosticsChannel.subscribe(name, refuse);
      try {
        assert.equal(await rehearseWorker(application, settingsByDefault()), "observed");
      } finally {
        diagnosticsChannel.unsubscribe(name, refuse);
      }
    });

  for (const [owner, name] of [
    ["Redis", "sendCommand"],
    ["Redis", "connect"],
    ["Worker", "getNextJob"],
  ] as const)
    test(`is left out if the application has replaced ${owner}.prototype.${name}`, async () => {
      const { Redis, api } = await loadBull(application.path);
      const prototype = owner === "Redis" ? Redis.prototype : api.Worker.prototype;
      const given = Object.getOwnPropertyDescriptor(prototype, name);
      assert.ok(given);
      Object.defineProperty(prototype, name, { ...given, value: refuse });
      try {
        assert.equal(await rehearseWorker(application, settingsByDefault()), "observed");
      } finally {
        Object.defineProperty(prototype, name, given);
      }
    });

  test("is not left out because of what forker itself has changed", async () => {
    const { Redis, api } = await loadBull(application.path);
    const prototypes = [Redis.prototype, api.Worker.prototype];
    const given = prototypes.map((prototype) => Object.getOwnPropertyDescriptors(prototype));
    changeMethods(api.Worker, new AdoptedWorkers());
    const gate = { isClosed: () => false, passed: () => Promise.resolve(), giveUp() {} };
    deferConnections(prototypeOfClient(new Redis({ lazyConnect: true })) ?? assert.fail(), gate);
    try {
      assert.equal(await rehearseWorker(application, settingsByDefault()), "done");
    } finally {
      for (const [i, prototype] of prototypes.entries()) Object.defineProperties(prototype, given[i] ?? {});
    }
  });

  for (const { version, folder } of supportedBulls)
    test(`is not left out with BullMQ ${version.text}`, async () => {
      using installed = applicationWith(folder);
      assert.equal(await rehearseWorker({ ...application, path: installed.path }, settingsByDefault()), "done");
    });
});
