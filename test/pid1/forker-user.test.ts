import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Forker } from "../support/forker.ts";

const nobody = 65534;
const hardened = ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all,+setuid,+setgid,+kill"];
const asNobody = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];

interface Credentials {
  readonly uids: readonly string[];
  readonly gids: readonly string[];
  readonly noNewPrivileges: string;
}

/** The credentials of every thread: a raw system call would have changed only one. */
function identities(outerPid: number): Credentials[] {
  return readdirSync(`/proc/${outerPid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${outerPid}/task/${thread}/status`, "utf8");
    const field = (name: string) => (new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "").split(/\s+/);
    return { uids: field("Uid"), gids: field("Gid"), noNewPrivileges: field("NoNewPrivs")[0] ?? "" };
  });
}

function assertAre(forker: Forker, title: string, uid: number): void {
  const processes = forker.pid1.processes().filter((one) => one.commandLine.startsWith(title));
  assert.ok(processes.length > 0, `there is no ${title}`);
  for (const { outerPid } of processes) {
    for (const { uids, gids } of identities(outerPid)) {
      assert.deepEqual(new Set([...uids, ...gids]), new Set([String(uid)]), title);
    }
  }
}

async function assertWorks(forker: Forker): Promise<void> {
  await forker.ready();
  await forker.finished(await forker.add("quick"));
  forker.pid1.signal("SIGHUP");
  await forker.reloaded(2);
  forker.pid1.signal("SIGUSR2");
  await forker.until("suspended", (status) => status.slots[0]?.workers[0]?.mode === "suspended");
  const [worker] = (await forker.status()).slots[0]?.workers ?? [];
  forker.pid1.signalInner(worker?.pid ?? 0, "SIGKILL");
  await forker.until("another worker", (status) => status.ready && status.slots[0]?.workers[0]?.pid !== worker?.pid);
}

describe("the user that jobs run as", () => {
  test("applies to every thread of init, template and workers, without new privileges, when FORKER_USER names it", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_USER: "nobody" } });
    await assertWorks(forker);
    for (const title of ["forker init", "forker template", "forker worker"]) assertAre(forker, title, nobody);
    const [template] = forker.pid1.processes().filter((one) => one.commandLine.startsWith("forker template"));
    assert.deepEqual(new Set(identities(template?.outerPid ?? 0).map((one) => one.noNewPrivileges)), new Set(["1"]));
    assert.equal(await forker.drained(), 0);
  });

  test("needs only SETUID, SETGID and KILL in a hardened pod without new privileges", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_USER: "nobody" }, wrapper: hardened });
    await assertWorks(forker);
    assertAre(forker, "forker", nobody);
    assert.equal(await forker.drained(), 0);
  });

  test("applies to the template and its workers when forker.user() names it; init stays root and still commands them", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_USER: undefined, TEST_USER: "nobody" } });
    await assertWorks(forker);
    assertAre(forker, "forker init", 0);
    await forker.logged("keeper ready");
    for (const title of ["forker template", "forker worker", "forker keeper"]) assertAre(forker, title, nobody);
    assert.equal(await forker.drained(), 0);
  });

  test("applies to the keeper and the workers with the spawn engine, which load the application as root", async () => {
    const env = { FORKER_USER: undefined, TEST_USER: "nobody" };
    await using forker = await Forker.start({ engine: "spawn", workload: "jobs", env });
    await assertWorks(forker);
    await forker.logged("keeper ready");
    assertAre(forker, "forker init", 0);
    for (const title of ["forker worker", "forker keeper"]) assertAre(forker, title, nobody);
    assert.equal(await forker.drained(), 0);
  });

  test("is refused at boot when forker.user() names it and init could not signal its workers", async () => {
    const wrapper = ["setpriv", "--inh-caps=-all", "--bounding-set=-all,+setuid,+setgid"];
    const env = { FORKER_USER: undefined, TEST_USER: "nobody" };
    await using forker = await Forker.start({ workload: "jobs", env, wrapper });
    assert.equal(await forker.pid1.exitCode(), 76);
    await forker.logged("KILL");
  });

  for (const user of ["nobody", "65534:65534", undefined]) {
    test(`needs no change when forker was started as it, FORKER_USER=${user ?? ""}`, async () => {
      await using forker = await Forker.start({ workload: "jobs", env: { FORKER_USER: user }, wrapper: asNobody });
      await assertWorks(forker);
      assertAre(forker, "forker", nobody);
    });
  }
});
