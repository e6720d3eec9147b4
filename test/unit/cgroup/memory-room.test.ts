import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isMemoryShort } from "../../../src/cgroup/memory-room.ts";

const mb = 2 ** 20;
const v2 = "/sys/fs/cgroup/app";
const v1 = "/sys/fs/cgroup/memory/app";
const inV2 = { "/proc/self/cgroup": "0::/app" };
const inV1 = { "/proc/self/cgroup": "4:memory:/app" };

const cases: readonly { what: string; files: Readonly<Record<string, string>>; short: boolean }[] = [
  { what: "there is no cgroup", files: {}, short: false },
  {
    what: "there is no limit",
    files: { ...inV2, [`${v2}/memory.max`]: "max\n", [`${v2}/memory.current`]: `${900 * mb}\n` },
    short: false,
  },
  {
    what: "a tenth of the limit is left",
    files: { ...inV2, [`${v2}/memory.max`]: `${100 * mb}\n`, [`${v2}/memory.current`]: `${91 * mb}\n` },
    short: true,
  },
  {
    what: "the rest is page cache",
    files: {
      ...inV2,
      [`${v2}/memory.max`]: `${100 * mb}\n`,
      [`${v2}/memory.current`]: `${99 * mb}\n`,
      [`${v2}/memory.stat`]: `anon 5\ninactive_file ${30 * mb}\n`,
    },
    short: false,
  },
  {
    what: "an ancestor is close to its limit",
    files: { ...inV2, "/sys/fs/cgroup/memory.max": "1000", "/sys/fs/cgroup/memory.current": "950" },
    short: true,
  },
  {
    what: "all processes wait for memory",
    files: {
      ...inV2,
      [`${v2}/memory.pressure`]:
        "some avg10=40.00 avg60=1.00 avg300=0.00 total=1\nfull avg10=12.50 avg60=1.00 avg300=0.00 total=1\n",
    },
    short: true,
  },
  {
    what: "some processes wait for memory",
    files: { ...inV2, [`${v2}/memory.pressure`]: "some avg10=40.00 total=1\nfull avg10=2.50 total=1\n" },
    short: false,
  },
  {
    what: "v1: close to the limit",
    files: { ...inV1, [`${v1}/memory.limit_in_bytes`]: "1000\n", [`${v1}/memory.usage_in_bytes`]: "950\n" },
    short: true,
  },
  {
    what: "v1: the rest is page cache",
    files: {
      ...inV1,
      [`${v1}/memory.limit_in_bytes`]: "1000\n",
      [`${v1}/memory.usage_in_bytes`]: "950\n",
      [`${v1}/memory.stat`]: "cache 1\ntotal_inactive_file 300\n",
    },
    short: false,
  },
  {
    what: "v1: no limit",
    files: {
      ...inV1,
      [`${v1}/memory.limit_in_bytes`]: "9223372036854771712\n",
      [`${v1}/memory.usage_in_bytes`]: "9223372036854771000\n",
    },
    short: false,
  },
];

describe("memory is short", () => {
  for (const { what, files, short } of cases)
    test(`${short ? "if" : "not if"} ${what}`, () => {
      assert.equal(
        isMemoryShort((file) => files[file]),
        short,
      );
    });
});
