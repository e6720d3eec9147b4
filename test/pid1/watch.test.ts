// forker status, --watch and tree, in a pseudo terminal and in a pipe.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { entrypoint, Forker } from "../support/forker.ts";
import { Terminal } from "../support/terminal.ts";

let forker: Forker;
before(async () => {
  forker = await Forker.start({ workload: "import; mail x2" });
  await forker.ready();
});
after(async () => {
  await forker[Symbol.asyncDispose]();
});

function terminal(words: readonly string[], env?: Readonly<Record<string, string>>, of = forker): Terminal {
  const inside = ["nsenter", "-t", String(of.pid1.outerPid), "--pid", "--mount", "--"];
  return new Terminal([...inside, process.execPath, entrypoint, ...words], env);
}

const colour = "\u001b[";

/** The former screen, the cursor, and the terminal's modes. */
function assertRestored(tail: string): void {
  assert.ok(tail.includes("\u001b[?25h\u001b[?1049l"), JSON.stringify(tail));
  assert.match(tail, /[^-]icanon/);
  assert.match(tail, /[^-]echo /);
}

describe("on a terminal", () => {
  test("status is an aligned table with colours, and without them in a pipe or with NO_COLOR", async () => {
    await forker.add("held", { jobId: "a-991" }, "import");
    await forker.began("a-991");
    await forker.until("it shows", ({ slots }) => slots[0]?.workers[0]?.holding.length === 1);
    const shown = terminal(["status"]);
    await shown.ended();
    assert.match(shown.output, /import:a-991/);
    assert.ok(shown.output.includes(`${colour}32mtaking`));
    const plain = terminal(["status"], { NO_COLOR: "1" });
    await plain.ended();
    assert.ok(!plain.output.includes(colour));
    const text = await forker.subcommand("status");
    assert.ok(!text.includes(colour));
    const [, titles = "", ...rows] = text.split("\n");
    assert.match(titles, /^SLOT  QUEUES  PID +GEN  STATE +DONE  FAILED  RESTARTS  PRIVATE +SHARED  DOES$/);
    assert.match(
      rows[0] ?? "",
      /^   0  import +\d+ +1  taking +0 +0 +0 +[\d.]+ MB +[\d.]+ MB  import:a-991 for [\d.]+ s$/,
    );
    assert.match(rows[1] ?? "", /^   1  mail .* idle for /);
    assert.equal(rows[0]?.indexOf("import:a-991"), titles.indexOf("DOES"));
    await forker.release("a-991");
  });

  test("tree shows each process below the one that started it, with private and shared memory", async () => {
    const lines = (await forker.subcommand("tree")).trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^PROCESS +PID  STATE +PRIVATE +SHARED  PROPORTIONAL$/);
    assert.match(lines[1] ?? "", /^init +1  running +[\d.]+ MB +[\d.]+ MB +[\d.]+ MB$/);
    assert.match(lines[2] ?? "", /^├─ keeper /);
    assert.match(lines[3] ?? "", /^└─ template, generation 1 /);
    assert.match(lines[4] ?? "", /^ {3}├─ worker of slot 0 \[import\], generation 1 /);
    assert.match(lines[6] ?? "", /^ {3}└─ worker of slot 2 \[mail\], generation 1 /);
    assert.match(lines[7] ?? "", /^all +[\d.]+ MB +[\d.]+ MB$/);
  });

  test("--watch redraws in place, follows the size, takes orders by key, and gives the terminal back", async () => {
    await forker.add("held", { jobId: "watched" }, "mail");
    await forker.began("watched");
    const watch = terminal(["status", "--watch"]);
    await watch.shows(/mail:watched for/);
    watch.type("s");
    await watch.shows(/^suspend: init has the order/);
    await watch.shows(/^forker 1, running, .*suspended/);
    watch.type("r");
    await forker.until("resumed", ({ suspended }) => !suspended);
    watch.resize(40, 6);
    await watch.shows(/…$/);
    assert.ok(
      watch.screen.length <= 6 && watch.screen.every((line) => line.length <= 40),
      JSON.stringify(watch.screen),
    );
    watch.resize(150, 30);
    watch.type("\u001b[Bx");
    await watch.shows(/^stop mail:watched\?/);
    watch.type("y");
    await watch.shows(/^stopped mail:watched/);
    watch.type("q");
    const tail = await watch.ended();
    assertRestored(tail);
    assert.match(tail, /code 0/);
  });

  for (const [how, end, code] of [
    ["Ctrl-C", (watch: Terminal) => watch.type("\u0003"), 0],
    ["TERM", (watch: Terminal) => watch.signal("SIGTERM"), 143],
    ["HUP", (watch: Terminal) => watch.signal("SIGHUP"), 129],
    ["INT", (watch: Terminal) => watch.signal("SIGINT"), 130],
  ] as const) {
    test(`--watch gives the terminal back at ${how}`, async () => {
      const watch = terminal(["status", "--watch"]);
      await watch.shows(/^↑ ↓ select a job/);
      end(watch);
      const tail = await watch.ended();
      assertRestored(tail);
      assert.match(tail, new RegExp(`code ${code}`));
    });
  }

  test("--watch gives the terminal back when it is paused, and takes it again when it continues", async () => {
    const watch = terminal(["status", "--watch"]);
    await watch.shows(/^↑ ↓ select a job/);
    const count = (text: string) => watch.output.split(text).length - 1;
    watch.signal("SIGTSTP");
    await eventually(60_000, "the former screen", () => count("\u001b[?1049l") === 1);
    watch.continue();
    await eventually(60_000, "its own screen", () => count("\u001b[?1049h") === 2);
    await watch.shows(/^↑ ↓ select a job/);
    watch.type("q");
    assertRestored(await watch.ended());
    assert.deepEqual([count("\u001b[?1049h"), count("\u001b[?1049l")], [2, 2]);
  });

  test("--watch gives the terminal back when forker has nothing to finish, and exits before the next look", async () => {
    await using idle = await Forker.start({ workload: "mail" });
    await idle.ready();
    const watch = terminal(["status", "--watch"], {}, idle);
    await watch.shows(/^↑ ↓ select a job/);
    assert.equal(await idle.drained(), 0);
    assertRestored(await watch.ended());
  });

  test("--watch gives the terminal back when forker leaves, whose exit as PID 1 kills it, and shows the drain", async () => {
    await forker.add("deaf", { jobId: "last" }, "mail");
    await forker.began("last");
    const watch = terminal(["status", "--watch"]);
    await watch.shows(/^↑ ↓ select a job/);
    forker.pid1.signal("SIGQUIT");
    await eventually(60_000, "the drain", () => /\[\?1049l[^]*, draining, /.test(watch.output));
    await forker.release("last");
    assertRestored(await watch.ended());
  });
});
