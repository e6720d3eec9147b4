import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isOomGroup, oomCounter, parseOomCounts } from "../../../src/cgroup/oom-kills.ts";
import { OomWatcher } from "../../../src/cgroup/oom-watcher.ts";

/** The files of a machine, by path. */
const machine = (files: Readonly<Record<string, string>>) => (file: string) => files[file];

const v2Events = (kills: number, groups = 0) =>
  `low 0\nhigh 0\nmax 12\noom 1\noom_kill ${kills}\noom_group_kill ${groups}\n`;
const v1Control = (kills: number) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`;

describe("the count of OOM kills", () => {
  const trees: [what: string, files: Record<string, string>, kills: number | undefined][] = [
    ["v2, in a cgroup namespace", { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.events": v2Events(3) }, 3],
    [
      "v2, without one: our own cgroup, and not the one above",
      {
        "/proc/self/cgroup": "0::/system.slice/x.service\n",
        "/sys/fs/cgroup/system.slice/x.service/memory.events": v2Events(1),
        "/sys/fs/cgroup/system.slice/memory.events": v2Events(9),
      },
      1,
    ],
    [
      "v1, by the host's path, of which only the container's part is mounted",
      {
        "/proc/self/cgroup": "5:cpuset:/docker/abc\n4:memory:/docker/abc\n",
        "/sys/fs/cgroup/memory/memory.oom_control": v1Control(2),
      },
      2,
    ],
    [
      "v1, with the controller beside another",
      {
        "/proc/self/cgroup": "4:hugetlb,memory:/a\n",
        "/sys/fs/cgroup/memory/a/memory.oom_control": v1Control(5),
      },
      5,
    ],
    [
      "hybrid: v2 has a tree, and v1 the controller",
      {
        "/proc/self/cgroup": "4:memory:/a\n0::/b\n",
        "/sys/fs/cgroup/memory/a/memory.oom_control": v1Control(7),
        "/sys/fs/cgroup/unified/b/cgroup.procs": "1\n",
      },
      7,
    ],
    [
      "hybrid: v2 has the controller",
      { "/proc/self/cgroup": "0::/b\n", "/sys/fs/cgroup/unified/b/memory.events": v2Events(4) },
      4,
    ],
    [
      "nowhere: a kernel without the count",
      {
        "/proc/self/cgroup": "4:memory:/\n",
        "/sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
      },
      undefined,
    ],
    ["nowhere: no cgroups at all", {}, undefined],
  ];
  for (const [what, files, kills] of trees)
    test(`is read from ${what}`, () => assert.equal(oomCounter(machine(files))?.()?.kills, kills));

  test("is unknown when its file has disappeared", () => {
    const files: Record<string, string> = {
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.events": v2Events(3),
    };
    const counter = oomCounter(machine(files));
    delete files["/sys/fs/cgroup/memory.events"];
    assert.equal(counter?.(), undefined);
  });
});

test("cgroup names that contain one another are distinguished", () => {
  assert.deepEqual(parseOomCounts("oom 9\noom_group_kill 2\noom_kill 4\n"), { kills: 4, groupKills: 2 });
  assert.deepEqual(parseOomCounts("oom_kill 4\n"), { kills: 4, groupKills: 0 });
  assert.equal(parseOomCounts("oom_kill_disable 1\n"), undefined);
  assert.equal(parseOomCounts(""), undefined);
});

test("memory.oom.group is found in the own cgroup and above, and counts as unset where it is absent", () => {
  const own = { "/proc/self/cgroup": "0::/kubepods/x\n" };
  assert.equal(isOomGroup(machine({ ...own, "/sys/fs/cgroup/kubepods/x/memory.oom.group": "0\n" })), false);
  assert.equal(isOomGroup(machine({ ...own, "/sys/fs/cgroup/kubepods/x/memory.oom.group": "1\n" })), true);
  assert.equal(isOomGroup(machine({ ...own, "/sys/fs/cgroup/kubepods/memory.oom.group": "1\n" })), true);
  assert.equal(isOomGroup(machine({})), false);
});

describe("the OOM watcher", () => {
  function oomWatcher() {
    const counts = { kills: 5, groupKills: 1 };
    return { counts, oomWatcher: new OomWatcher(() => ({ ...counts })) };
  }

  test("explains nothing by kills that were counted before the boot", () => {
    assert.equal(oomWatcher().oomWatcher.explain(0), undefined);
  });

  test("explains one death by each kill", () => {
    const { counts, oomWatcher: asked } = oomWatcher();
    counts.kills += 2;
    assert.deepEqual(
      [0, 1, 2].map((now) => asked.explain(now)),
      ["cgroup oom_kill", "cgroup oom_kill", undefined],
    );
  });

  test("reports the kill of a whole group as such", () => {
    const { counts, oomWatcher: asked } = oomWatcher();
    counts.kills += 1;
    counts.groupKills += 1;
    assert.equal(asked.explain(0), "cgroup oom_group_kill");
    counts.kills += 1;
    assert.equal(asked.explain(1), "cgroup oom_kill");
  });

  test("attributes a kill without a death among forker's processes to another process, and explains no later death by it", () => {
    const { counts, oomWatcher: asked } = oomWatcher();
    counts.kills += 2;
    assert.equal(asked.strangers(1_000), 0, "its death may be on the way");
    assert.equal(asked.explain(1_010), "cgroup oom_kill");
    assert.equal(asked.strangers(2_000), 0);
    assert.equal(asked.strangers(4_000), 1);
    assert.equal(asked.strangers(5_000), 0);
    assert.equal(asked.explain(5_000), undefined);
  });

  test("explains nothing when the counter cannot be read", () => {
    let readable = true;
    const asked = new OomWatcher(() => (readable ? { kills: 1, groupKills: 0 } : undefined));
    readable = false;
    assert.equal(asked.explain(0), undefined);
  });
});
