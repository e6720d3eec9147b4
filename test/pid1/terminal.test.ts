// The producer of a job chooses its id, and forker shows it to operators.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Forker } from "../support/forker.ts";

/** Clears the screen with C0 and with C1 sequences, reverses the writing direction, and starts a new line. */
const evil = "x\u001b[2J\u009b2J\u202e\nno problems found";
const shown = "jobs:x\\u001b[2J\\u009b2J\\u202e\\nno problems found";

function assertHarmless(what: string, text: string, named = shown): void {
  assert.ok(text.includes(named), `${what} does not name the job: ${JSON.stringify(text)}`);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0001-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^no problems found/m, what);
}

test("a job's id cannot harm a terminal through status, titles, stop-job, drain or the pretty log", async () => {
  await using forker = await Forker.start({ workload: "jobs", env: { FORKER_LOG_FORMAT: "pretty" } });
  await forker.ready();
  const title = () => forker.pid1.processes().find(({ commandLine }) => /^forker worker.*processing/.test(commandLine));
  await forker.add("held", { jobId: evil });
  await forker.began(evil);
  assertHarmless("status", await forker.subcommand("status"));
  // A title is limited to the length of the command line that the process was started with.
  assertHarmless(
    "the title",
    (await forker.pid1.until("a title", title)).commandLine,
    shown.slice(0, "jobs:x\\u001b".length),
  );
  assertHarmless("stop-job", await forker.subcommand("stop-job", "jobs", evil));
  await forker.queue().remove(evil);
  await forker.add("deaf", { jobId: evil });
  await forker.began(evil, 2);
  const drain = forker.begin(["drain", "--wait", "--timeout", "5s"]);
  assertHarmless("drain", (await drain.ended()).problem);
  await forker.release(evil);
  assert.equal(await forker.pid1.exitCode(), 0);
  assertHarmless("the log", forker.pid1.lines.join("\n"));
});
