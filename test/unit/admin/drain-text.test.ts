import assert from "node:assert/strict";
import { test } from "node:test";
import { accountText } from "../../../src/admin/drain-text.ts";
import { noJobs, withJobs } from "../../../src/init/state/job-list.ts";

test("the exit line names the jobs that were handed back", () => {
  const handedBack = withJobs(noJobs, [
    { queue: "mail", id: "991" },
    { queue: "mail", id: "992" },
  ]);
  const text = accountText({ finished: 5, failed: 0, handedBack, lost: noJobs });
  assert.equal(text, "finished 5, handed back 2 (mail:991, mail:992)");
});

test("the exit line names the latest jobs that were lost, and stays one line however many there are", () => {
  const jobs = Array.from({ length: 500 }, (_, id) => ({ queue: "q", id: String(id) }));
  const lost = jobs.reduce((list, job) => withJobs(list, [job]), noJobs);
  const text = accountText({ finished: 0, failed: 3, handedBack: noJobs, lost });
  assert.match(text, /^finished 0, failed 3, not handed back 500 \(…, q:490, .*q:499\)$/);
  assert.ok(lost.latest.length < 500, "an init that lives for months does not keep them all");
});
