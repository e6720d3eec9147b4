// deploy/kubernetes/ is valid by the schemas of Kubernetes, Kustomize and KEDA, and agrees with forker's options and deadlines.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { QueueKeys } from "bullmq";
import { Deployment } from "kubernetes-models/apps/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { healthRoutes } from "../../src/admin/http-routes.ts";
import { parseCommandLine } from "../../src/config/command-line.ts";
import { readSettings } from "../../src/config/read-settings.ts";
import { parseWorkload } from "../../src/config/workload-parser.ts";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { type ModelClass, type Plain, problemsOf, readManifest } from "./manifest.ts";
import { schemaProblems } from "./schema-store.ts";

const folder = new URL("../../deploy/kubernetes/", import.meta.url);
const kinds: Readonly<Record<string, ModelClass>> = {
  "base/deployment.yaml": Deployment,
  "base/poddisruptionbudget.yaml": PodDisruptionBudget,
  "keda/scaledobject.yaml": ScaledObject,
};
const customizations = ["base", "keda"] as const;

/** The parts that this test reads. The schemas check the rest. */
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold?: number;
}
interface ContainerSpec {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: Plain;
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Plain & { readonly runAsUser: number };
  readonly containers: readonly [ContainerSpec];
}
interface Workers {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: Plain };
    readonly template: { readonly metadata: { readonly labels: Plain }; readonly spec: PodSpec };
  };
}

const read = (file: string) => readManifest(new URL(file, folder));
const deployment = read("base/deployment.yaml") as unknown as Workers;
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const variables = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];

function settings() {
  // Its value comes from a Secret.
  const answer = readSettings({ ...variables, REDIS_URL: "redis://redis:6379" }, "./workers.mjs");
  assert.ok("settings" in answer, JSON.stringify(answer));
  assert.deepEqual(answer.warnings, []);
  return answer.settings;
}

describe("deploy/kubernetes", () => {
  test("holds exactly the files that these tests read", () => {
    const files = customizations.flatMap((name) => readdirSync(new URL(name, folder)).map((file) => `${name}/${file}`));
    const known = [...Object.keys(kinds), ...customizations.map((name) => `${name}/kustomization.yaml`)];
    assert.deepEqual(files.toSorted(), known.toSorted());
    assert.deepEqual(readdirSync(folder).toSorted(), customizations);
  });

  for (const name of customizations) {
    test(`has in ${name}/kustomization.yaml only what its schema allows, and names each file next to it`, () => {
      const { kind, ...rest } = read(`${name}/kustomization.yaml`);
      // The schema knows no Component, which has the same fields.
      assert.equal(kind, name === "keda" ? "Component" : "Kustomization");
      assert.deepEqual(schemaProblems("kustomization.json", { kind: "Kustomization", ...rest }), []);
      const others = readdirSync(new URL(name, folder)).filter((file) => file !== "kustomization.yaml");
      assert.deepEqual(rest["resources"], others);
    });
  }

  test("has a schema of Kustomize that finds a misspelled field", () => {
    assert.match(schemaProblems("kustomization.json", { resource: [] }).join(), /must NOT have additional properties/);
  });

  for (const [file, Model] of Object.entries(kinds)) {
    test(`has in ${file} only what its schema allows`, () => assert.deepEqual(problemsOf(read(file), Model), []));
  }

  test("has schemas that find a wrong type, a missing field and a misspelled field", () => {
    const wrong = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", spec: { maxUnavailble: 1, selector: [] } };
    const problems = problemsOf(wrong, PodDisruptionBudget);
    assert.match(problems[0] ?? "", /\/spec\/selector must be object/);
    assert.deepEqual(problems.slice(1), ["/spec/maxUnavailble is unknown"]);
    const empty = { apiVersion: "apps/v1", kind: "Deployment", spec: { template: {} } };
    assert.match(problemsOf(empty, Deployment).join(), /must have required property selector/);
    assert.match(problemsOf(empty, ScaledObject).join(), /it is a apps\/v1 Deployment/);
  });

  test("names the same pods in all files", () => {
    const { matchLabels } = deployment.spec.selector;
    assert.deepEqual(deployment.spec.template.metadata.labels, matchLabels);
    const budget = read("base/poddisruptionbudget.yaml") as unknown as { spec: { selector: { matchLabels: Plain } } };
    assert.deepEqual(budget.spec.selector.matchLabels, matchLabels);
    const scaled = read("keda/scaledobject.yaml") as unknown as { spec: { scaleTargetRef: Plain } };
    assert.deepEqual(scaled.spec.scaleTargetRef, { name: deployment.metadata.name });
  });
});

describe("the pod", () => {
  test("sets only variables that forker has, to values that forker accepts", () => {
    assert.equal(settings().drainTimeoutMs, 25_000);
    assert.ok(parseWorkload(variables["WORKLOAD"] ?? "", { cpus: 1 }).length > 0);
  });

  test("has a grace period that outlasts the longest drain", () => {
    const { drainTimeoutMs, stopTimeoutMs } = settings();
    const longestMs = drainTimeoutMs + stopTimeoutMs + fixedLimits.handBackTimeMs + fixedLimits.exitTimeMs;
    assert.ok(pod.terminationGracePeriodSeconds * 1000 >= longestMs + fixedLimits.lateWaitersMs + 5_000);
  });

  test("has a preStop hook that is an existing subcommand and waits", () => {
    const [program, ...args] = container.lifecycle.preStop.exec.command;
    assert.equal(program, "forker");
    assert.deepEqual(parseCommandLine(args), { kind: "drain", wait: true, timeoutMs: undefined, pid: undefined });
  });

  test("probes paths that forker answers, on the port where it answers", async () => {
    const unasked = () => Promise.reject(new Error("no probe asks for it"));
    const snapshot = () =>
      Promise.resolve({ phase: "running" as const, isUp: true, isSuspended: false, sinceTurnMs: 0, slots: [] });
    const none = () => assert.fail("no probe asks for it");
    const routes = healthRoutes({ snapshot, status: unasked, metrics: unasked, events: none, order: unasked });
    const request = { headers: {}, readBody: unasked };
    const paths = probes.map(({ httpGet }) => httpGet.path);
    assert.deepEqual(paths, ["/startupz", "/readyz", "/livez"]);
    for (const path of paths) assert.ok(await routes(path, request), path);
    assert.equal(await routes("/nothing", request), undefined);
    const [port] = container.ports;
    assert.deepEqual(settings().http, { host: undefined, port: port?.containerPort });
    for (const { httpGet } of probes) assert.equal(httpGet.port, port?.name);
  });

  test("gets more time to start than forker takes to give up by itself", () => {
    const { periodSeconds, failureThreshold = 3 } = container.startupProbe;
    assert.ok(periodSeconds * failureThreshold * 1000 > settings().bootTimeoutMs + fixedLimits.bootGraceMs);
  });

  test("meets the restricted Pod Security Standard with a read-only file system", () => {
    const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext;
    assert.deepEqual([runAsNonRoot, seccompProfile], [true, { type: "RuntimeDefault" }]);
    assert.ok(runAsUser > 0);
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("runs as the user of the Dockerfile in docs/CONTAINERS.md", () => {
    const text = readFileSync(new URL("../../docs/CONTAINERS.md", import.meta.url), "utf8");
    assert.equal(/^USER (\d+):/m.exec(text)?.[1], String(pod.securityContext.runAsUser));
  });
});

test("KEDA reads the lists that BullMQ keeps, for queues that the workload names", () => {
  const { spec } = read("keda/scaledobject.yaml") as unknown as {
    spec: { triggers: readonly { type: string; metadata: Readonly<Record<string, string>> }[] };
  };
  const queues = parseWorkload(variables["WORKLOAD"] ?? "", { cpus: 1 }).flatMap((worker) => worker.queues);
  assert.ok(spec.triggers.length > 0);
  for (const { type, metadata } of spec.triggers) {
    assert.equal(type, "redis");
    const known = queues.map((queue) => new QueueKeys("bull").toKey(queue, "wait"));
    assert.ok(known.includes(metadata["listName"] ?? ""), metadata["listName"]);
    assert.match(metadata["listLength"] ?? "", /^\d+$/);
  }
});
