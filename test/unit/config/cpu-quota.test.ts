import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cpuCount, cpuQuota, ownCpuCount, parseCfsQuota, parseCpuMax } from "../../../src/config/cpu-quota.ts";

function files(contents: Record<string, string>): (file: string) => string | undefined {
  return (file) => contents[file];
}

test("the quota of cgroup v2 is read from cpu.max", () => {
  assert.equal(parseCpuMax("150000 100000\n"), 1.5);
  assert.equal(parseCpuMax("max 100000\n"), undefined);
  assert.equal(parseCpuMax("200000"), 2);
  assert.equal(parseCpuMax(""), undefined);
  assert.equal(parseCpuMax("0 0"), undefined);
});

test("the quota of cgroup v1 is read from cpu.cfs_quota_us", () => {
  assert.equal(parseCfsQuota("50000\n", "100000\n"), 0.5);
  assert.equal(parseCfsQuota("-1\n", "100000\n"), undefined);
});

describe("the tightest quota above this process", () => {
  test("is found in a container of cgroup v2", () => {
    const read = files({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "300000 100000\n" });
    assert.equal(cpuQuota(read), 3);
    assert.equal(cpuCount(read, 8), 3);
    assert.equal(cpuCount(read, 2), 2);
  });
  test("is the slice's if a service's own is larger", () => {
    const read = files({
      "/proc/self/cgroup": "0::/batch.slice/forker.service\n",
      "/sys/fs/cgroup/batch.slice/forker.service/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/batch.slice/cpu.max": "150000 100000\n",
    });
    assert.equal(cpuQuota(read), 1.5);
    assert.equal(cpuCount(read, 8), 1);
  });
  test("is found in cgroup v1", () => {
    const read = files({
      "/proc/self/cgroup": "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n0::/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "250000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    });
    assert.equal(cpuCount(read, 8), 2);
  });
  test("is the root's for a path that leaves the cgroup namespace", () => {
    const read = files({ "/proc/self/cgroup": "0::/../../x\n", "/sys/fs/cgroup/cpu.max": "100000 100000\n" });
    assert.equal(cpuQuota(read), 1);
  });
  test("is every CPU without a quota, and one CPU with less than one", () => {
    assert.equal(cpuCount(files({}), 6), 6);
    assert.equal(cpuCount(files({ "/sys/fs/cgroup/cpu.max": "20000 100000" }), 6), 1);
  });
  test("is the same for a process as long as it lives", () => assert.equal(ownCpuCount(), cpuCount()));
  test("is a number that xauto can use on this machine", () =>
    assert.ok(Number.isInteger(cpuCount()) && cpuCount() >= 1));
});
