// Every place where a name or a message from elsewhere is shown to a person.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drainText } from "../../../src/admin/drain-text.ts";
import { prometheusText } from "../../../src/admin/prometheus-text.ts";
import { fleetText, repliesText } from "../../../src/admin/terminal/fleet-lines.ts";
import { statusText } from "../../../src/admin/terminal/status-lines.ts";
import { lineText } from "../../../src/admin/terminal/styled.ts";
import { treeText } from "../../../src/admin/terminal/tree-lines.ts";
import { newWatchState, screenLines } from "../../../src/admin/terminal/watch-state.ts";
import { parseWorkload } from "../../../src/config/workload-parser.ts";
import { explanation } from "../../../src/entry/explain-command.ts";
import { jobNames } from "../../../src/init/report/wording.ts";
import { prettyLines } from "../../../src/log/pretty.ts";
import type { Status } from "../../../src/protocol/status.ts";
import { type TitleFacts, titleOf } from "../../../src/worker/report/title.ts";

/** Clears the screen, sets a window's title, by C0 and by C1; turns the text around; begins a line of its own; is not UTF-8; is long. */
const evil = `\u001b[2J\u001b]0;x\u0007\u009b2J\u007f\u202e\nforker: no problems found\r\u2028\ud800${"x".repeat(70_000)}`;
const job = { queue: evil, id: evil };

function assertHarmless(text: string, lines = 1): void {
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text.slice(0, 6_000), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028\ud800]/);
  assert.equal(text.trimEnd().split("\n").length, lines);
  assert.ok(text.length < 6_000, `${text.length} characters`);
  assert.match(text, /\\u001b/, "what is left out shows");
}

const verdict = { ok: false, reason: evil, slots: [] };
const worker = {
  pid: 7,
  generation: 1,
  mode: "taking" as const,
  connected: false,
  connectionError: evil,
  queues: [evil],
  holding: [{ ...job, runningMs: 1, stage: "running" as const }],
  idleMs: null,
  finished: 0,
  failed: 0,
  startMs: 1,
  notTakingReason: null,
  memory: null,
  runners: [{ pid: 8, state: "running" as const, job, memory: null }],
};
const times = { count: 0, sumMs: 0, buckets: [] };
const slot = {
  slot: 0,
  vacant: false,
  spec: evil,
  workers: [worker],
  finished: 0,
  failed: 0,
  restarts: 0,
  lastDeath: evil,
  oomKills: 0,
  loopDelay: times,
};
const status: Status = {
  pid: 1,
  phase: "running",
  ready: false,
  health: { startup: verdict, ready: verdict, live: verdict },
  suspended: false,
  engine: "spawn",
  engineReason: evil,
  generation: 1,
  reloading: false,
  uptimeMs: 1,
  templates: [],
  keeper: null,
  memory: null,
  slots: [slot],
  ranges: [{ spec: evil, workers: 2, minimum: 1, maximum: 8, heldBy: null }],
  spares: [],
  queues: [],
  totals: {
    finished: 0,
    failed: 0,
    handedBack: 0,
    handedBackBy: { worker: 0, death: 0, earlierInstance: 0 },
    lost: 0,
  },
  workerStarts: times,
  oomKills: 0,
  logLinesDropped: 0,
};

describe("names and messages from elsewhere harm no terminal", () => {
  test("in forker status, its screen, and forker tree", () => {
    // The head, why it is not ready, not alive and spawned, the titles, the job with its runner and its trouble, the last crash, the range, the sum.
    assertHarmless(statusText(status), 11);
    assertHarmless(treeText(status), 5);
    const [held = assert.fail("no job")] = worker.holding;
    const asked = { ...newWatchState(status), selected: held, confirming: held, message: evil };
    for (const state of [asked, { ...asked, confirming: undefined }]) {
      const lines = screenLines(state, { columns: 10_000, rows: 50 }, true);
      assertHarmless(lines.map((line) => lineText(line, false)).join("\n"), 13);
    }
  });

  test("in forker fleet", () => {
    const own = { host: evil, pid: 1, version: evil, generation: 1, state: "running" as const, workload: evil };
    const member = { ...own, workers: 1, jobs: { count: 1, latest: [job] }, instance: evil, silentMs: 0 };
    const rules = [{ hosts: evil, number: 1, suspended: true, by: evil }];
    assertHarmless(fleetText({ members: [member], rules }, false), 3);
    const reply = { instance: evil, host: evil, pid: 1, outcome: "refused" as const, text: evil, silentMs: 0 };
    assertHarmless(repliesText([reply], false), 2);
  });

  test("in the title of a worker", () => {
    const held = { lane: { queue: evil }, job: { id: evil }, startedAt: 0 } as unknown as TitleFacts["held"][number];
    const title = { slot: 0, generation: 1, patterns: [evil], mode: "taking", connected: true, held: [held] } as const;
    assertHarmless(titleOf(title));
  });

  test("in forker explain", () => {
    assertHarmless(explanation([{ queues: [evil], concurrency: 1 }]), 3);
  });

  test("in the report of a drain", () => {
    const jobs = { count: 1, latest: [job] };
    assertHarmless(drainText({ finished: 0, failed: 0, handedBack: jobs, lost: jobs, running: [job] }));
  });

  test("in init's log lines", () => {
    for (const name of jobNames([job, job])) assertHarmless(name);
  });

  test("in a pretty log: in the message, in fields and in an error, none of which can begin a line of the log", () => {
    const line = (fields: object) =>
      prettyLines(false)(`${JSON.stringify({ level: 30, time: 0, role: "init", pid: 1, ...fields })}\n`);
    const message = line({
      msg: evil.slice(0, 100),
      field: evil.slice(0, 100),
      nested: { [evil.slice(0, 5)]: [evil.slice(0, 9)] },
    });
    assertHarmless(message, 2);
    const error = line({
      msg: "failed",
      err: { type: "Error", message: evil.slice(0, 50), stack: evil.slice(0, 100) },
    });
    for (const text of [message, error])
      for (const rest of text.trimEnd().split("\n").slice(1)) assert.match(rest, /^\s{4}/, JSON.stringify(text));
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(error, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
  });

  test("in the excerpt of a WORKLOAD that is wrong, whose caret stays below the column", () => {
    assert.throws(
      () => parseWorkload("ma\u009b\u202e\u{e0041}il x", { cpus: 1 }),
      ({ message }: Error) => {
        const [, line = "", caret = ""] = message.split("\n");
        assert.equal(line, "  ma    il x");
        assert.equal(caret.length, caret.indexOf("^") + 1);
        return true;
      },
    );
  });

  test("in metrics, whose own escapes keep a label and its line from ending early", () => {
    const text = prometheusText([
      { name: "m", help: 'a\nb\\"', type: "gauge", samples: [{ labels: { queue: 'a"}\n\\n 1\nm 2' }, value: 1 }] },
    ]);
    assert.equal(text, '# HELP m a\\nb\\\\"\n# TYPE m gauge\nm{queue="a\\"}\\n\\\\n 1\\nm 2"} 1\n');
  });
});
