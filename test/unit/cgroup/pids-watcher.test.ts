import assert from "node:assert/strict";
import { test } from "node:test";
import { PidsWatcher, tightestPidsLimit } from "../../../src/cgroup/pids-watcher.ts";

function machine(files: Record<string, string>) {
  return (file: string) => files[file];
}

const own = { "/proc/self/cgroup": "8:pids:/a/b\n" };
const folder = "/sys/fs/cgroup/pids";

test("the limit with the least room counts, whether it is the own cgroup's or one above", () => {
  const files = {
    ...own,
    [`${folder}/a/b/pids.max`]: "max\n",
    [`${folder}/a/b/pids.current`]: "5\n",
    [`${folder}/a/pids.max`]: "100\n",
    [`${folder}/a/pids.current`]: "90\n",
    [`${folder}/pids.max`]: "60\n",
    [`${folder}/pids.current`]: "20\n",
  };
  assert.deepEqual(tightestPidsLimit(machine(files)), { max: 100, current: 90 });
  const v2 = { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/pids.max": "30", "/sys/fs/cgroup/pids.current": "30" };
  assert.deepEqual(tightestPidsLimit(machine(v2)), { max: 30, current: 30 });
  assert.equal(tightestPidsLimit(machine(own)), undefined);
  assert.equal(tightestPidsLimit(machine({})), undefined);
});

test("EAGAIN is explained by the limit only if the limit refused something", () => {
  const files: Record<string, string> = {
    ...own,
    [`${folder}/a/b/pids.max`]: "500\n",
    [`${folder}/a/b/pids.current`]: "100\n",
    [`${folder}/a/b/pids.events`]: "max 2\n",
  };
  const pidsWatcher = new PidsWatcher(machine(files));
  assert.match(
    pidsWatcher.explain("fork: EAGAIN", 0),
    /^fork: EAGAIN \(no pids\.max of this cgroup was reached: check RLIMIT_NPROC/,
  );
  files[`${folder}/a/b/pids.events`] = "max 7\n";
  assert.equal(
    pidsWatcher.explain("fork: EAGAIN", 10),
    "fork: EAGAIN (pids.max is 500: 100 processes and threads exist, and pids.events counts 7 refusals; raise the container's pids limit)",
  );
  assert.match(pidsWatcher.explain("fork: EAGAIN", 6_000), /no pids\.max of this cgroup was reached/, "none since");
  assert.equal(pidsWatcher.explain("fork: ENOMEM", 6_000), "fork: ENOMEM");
  assert.equal(pidsWatcher.refused(6_000), undefined);
  files[`${folder}/a/b/pids.events`] = "max 8\n";
  assert.ok(pidsWatcher.look(7_000));
  assert.ok(!pidsWatcher.look(7_001));
  assert.match(pidsWatcher.refused(9_000) ?? "", /^pids\.max is 500: /, "its consequence comes later than the count");
});

test("a limit that is nearly reached is the reason when there is no pids.events", () => {
  const files = { ...own, [`${folder}/a/b/pids.max`]: "60", [`${folder}/a/b/pids.current`]: "50" };
  assert.match(
    new PidsWatcher(machine(files)).explain("spawn node EAGAIN", 0),
    /\(pids\.max is 60: 50 processes and threads exist; raise/,
  );
  assert.match(new PidsWatcher(machine(own)).explain("EAGAIN", 0), /RLIMIT_NPROC/);
});
