// The launch config that init passes to a process (src/protocol/launch-config.ts) contains the token that admits the process.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Forker } from "../support/forker.ts";

for (const engine of ["fork", "spawn"] as const) {
  test(`engine ${engine}: neither the application's environment nor its children hold any of the spawn config`, async () => {
    await using forker = await Forker.start({ engine, workload: "jobs" });
    await forker.ready();
    await forker.logged("keeper ready");
    const processes = forker.pid1.processes().filter((one) => one.commandLine.startsWith("forker "));
    const roles = new Set(processes.map(({ commandLine }) => commandLine.split(" ")[1]));
    assert.deepEqual(roles, new Set(["init", "keeper", ...(engine === "fork" ? ["template"] : []), "worker"]));
    for (const { outerPid, commandLine } of processes) {
      const environment = readFileSync(`/proc/${outerPid}/environ`, "utf8");
      assert.equal(/"token"|socketName/.test(environment), false, `the environment of ${commandLine}`);
    }
    const id = await forker.add("shows what its child inherits");
    await forker.until("the job to be done", (status) => status.totals.finished === 1);
    const inherited = (await forker.client.get(`inherited:${id}`)) ?? "";
    assert.match(inherited, /^WORKLOAD=jobs$/m);
    assert.doesNotMatch(inherited, /FORKER_LAUNCH|socketName|socket:|memfd/);
  });
}
