import assert from "node:assert/strict";
import { test } from "node:test";
import { isBusy, pressureText, processorPressure } from "../../../src/cgroup/processor-pressure.ts";

const psi = (percent: string) =>
  `some avg10=${percent} avg60=1.00 avg300=1.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`;
const reading = (files: Readonly<Record<string, string>>) => processorPressure((file) => files[file]);

test("the pressure on the processors is that of the container or of the machine, whichever is higher", () => {
  const membership = { "/proc/self/cgroup": "0::/forker\n" };
  const own = "/sys/fs/cgroup/forker/cpu.pressure";
  const machine = "/proc/pressure/cpu";
  assert.equal(reading({ ...membership, [own]: psi("12.50"), [machine]: psi("93.00") }), 0.93);
  assert.equal(reading({ ...membership, [own]: psi("60.00"), [machine]: psi("5.00") }), 0.6);
  assert.equal(reading({ [machine]: psi("5.00") }), 0.05);
  assert.equal(reading({}), undefined);
});

test("a machine is busy if processes wait for half of the time, and what is not known says nothing", () => {
  assert.deepEqual([0.49, 0.5, undefined].map(isBusy), [false, true, false]);
  assert.equal(pressureText(0.93, 19), "processes waited for a processor for 93 % of the last 10 s, nice value 19");
  assert.equal(pressureText(undefined, 0), undefined);
});
