import assert from "node:assert/strict";
import test from "node:test";
import { cpuUsageMs } from "../../../src/cgroup/cpu-usage.ts";

const reading = (files: Readonly<Record<string, string>>) => cpuUsageMs((file) => files[file]);

test("the used processor time is that of the nearest cgroup with a limit of its own, in v2 and v1", () => {
  assert.equal(reading({}), undefined);
  const stat = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n";
  const own = { "/sys/fs/cgroup/app/cpu.max": "50000 100000\n", "/sys/fs/cgroup/app/cpu.stat": stat };
  assert.equal(reading({ "/proc/self/cgroup": "0::/app\n", ...own }), 2_500);
  const container = { "/sys/fs/cgroup/cpu.max": "max 100000\n", "/sys/fs/cgroup/cpu.stat": stat };
  assert.equal(reading({ "/proc/self/cgroup": "0::/\n", ...container }), 2_500);
  assert.equal(reading({ "/sys/fs/cgroup/cpu.stat": stat }), undefined, "the whole machine's");
  const v1 = {
    "/proc/self/cgroup": "3:cpu,cpuacct:/app\n",
    "/sys/fs/cgroup/cpuacct/app/cpuacct.usage": "2500000000\n",
  };
  assert.equal(reading(v1), 2_500);
});
