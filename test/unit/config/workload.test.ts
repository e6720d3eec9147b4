import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { weightOf } from "../../../src/config/queue-pattern.ts";
import {
  formatWorkerSpec,
  formatWorkload,
  listProblem,
  maximumWeight,
  nameProblem,
  repeated,
  type WorkerSpec,
} from "../../../src/config/workload.ts";
import { parseWorkload } from "../../../src/config/workload-parser.ts";
import { WorkloadError } from "../../../src/config/workload-scanner.ts";
import { workloadOf } from "../../../src/config/workload-value.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { blanked } from "../../../src/text/printable.ts";
import { assertHolds } from "../../support/properties.ts";

const cpus = 3;

/** A workload, one string for each worker, for short expectations. */
function parsed(text: string): string[] {
  return parseWorkload(text, { cpus }).map(formatWorkerSpec);
}

describe("workload", () => {
  const forms: [text: string, workers: string[]][] = [
    ["*", ["*"]],
    ["import", ["import"]],
    ["import; import,export x2; *", ["import", "import,export", "import,export", "*"]],
    ["import\nexport\n", ["import", "export"]],
    ["import,\n  export x2", ["import,export", "import,export"]],
    [" ;; import ;\n\n; export ;", ["import", "export"]],
    ["import, ; export,", ["import", "export"]],
    ["import @5 x2", ["import @5", "import @5"]],
    ["import x2 @5", ["import @5", "import @5"]],
    ["import X2", ["import", "import"]],
    ["2", ["*", "*"]],
    ["2 @10; mail", ["* @10", "* @10", "mail"]],
    ["xauto", ["*", "*", "*"]],
    ["x2", ["*", "*"]],
    ["@4", ["* @4"]],
    ["mail-* xauto @2", ["mail-* @2", "mail-* @2", "mail-* @2"]],
    ["*,!mail-*", ["*,!mail-*"]],
    ["!mail,*", ["!mail,*"]],
    ["*, ! mail", ["*,!mail"]],
    ["import # the big ones\n# none\nexport", ["import", "export"]],
    ["import, # first\nexport", ["import,export"]],
    ["c#", ["c#"]],
    ["4x; x-ray; {tag}; a/b; é", ["4x", "x-ray", "{tag}", "a/b", "é"]],
    ['"Email Queue",export', ['"Email Queue",export']],
    ['"x2","@home"', ['"x2","@home"']],
    ['"x2..a","x2.."', ['"x2..a","x2.."']],
    ['["import", "import,export"] * 2', ["import", "import,export", "import", "import,export"]],
    ["['import','import,export']*2", ["import", "import,export", "import", "import,export"]],
    ['["*"] x2;', ["*", "*"]],
    ['["*"] xauto', ["*", "*", "*"]],
    ['[["import","export"], "* @3", "mail x2"]', ["import,export", "* @3", "mail", "mail"]],
    ['[\n  "import", # one\n  ["*", "!import"],\n]\n', ["import", "*,!import"]],
    ['["caf\\u00e9"]', ["café"]],
  ];
  for (const [text, workers] of forms) {
    test(JSON.stringify(text), () => assert.deepEqual(parsed(text), workers));
  }
});

describe("weights", () => {
  const forms: [text: string, workload: string][] = [
    ["import:3,export:1", "import:3,export:1"],
    ["import:3,export", "import:3,export:1"],
    ["import:3,export x1..4; *", "import:3,export:1 x1..4; *"],
    ['"Email Queue":2,mail-*:5,!mail-bulk @4', '"Email Queue":2,mail-*:5,!mail-bulk @4'],
    ['["import:3,*"]', "import:3,*:1"],
  ];
  for (const [text, workload] of forms)
    test(JSON.stringify(text), () => assert.equal(formatWorkload(parseWorkload(text, { cpus })), workload));

  test("are one for each pattern", () => {
    assert.deepEqual(parseWorkload("import:3,!mail,*", { cpus }), [
      { queues: ["import", "!mail", "*"], weights: [3, 1, 1] },
    ]);
  });

  test("of a queue are those of the first pattern that takes it", () => {
    const [spec] = parseWorkload("!mail-bulk,mail-*:5,import:3,*", { cpus });
    const weight = (queue: string) => weightOf(spec?.queues ?? [], spec?.weights ?? [], queue);
    assert.deepEqual(["mail-a", "import", "export"].map(weight), [5, 3, 1]);
  });
});

describe("workers on demand", () => {
  const forms: [text: string, workload: string][] = [
    ["import x1..8", "import x1..8"],
    ["import x0..2; mail,export @5 X1..3", "import x0..2; mail,export @5 x1..3"],
    ["x1..auto", "* x1..3"],
    ["import x3..3", "import; import; import"],
    ["import x1..auto @2", "import @2 x1..3"],
    ['["import x1..2", "*"] * 2', "import x1..2; *; import x1..2; *"],
  ];
  for (const [text, workload] of forms)
    test(JSON.stringify(text), () => assert.equal(formatWorkload(parseWorkload(text, { cpus })), workload));

  test("have a spec for each of the most that there may be, each with its place", () => {
    assert.deepEqual(parseWorkload("import x0..2", { cpus }), [
      { queues: ["import"], range: { minimum: 0, maximum: 2, place: 0 } },
      { queues: ["import"], range: { minimum: 0, maximum: 2, place: 1 } },
    ]);
  });
});

describe("workload mistakes", () => {
  const mistakes: [text: string, column: number, message: RegExp][] = [
    ["", 1, /at least one worker/],
    ["# nothing", 10, /at least one worker/],
    ["a,,b", 3, /expected a queue name, got ","/],
    ["a b", 3, /expected "," or ";".*got "b".*a semicolon begins the next worker/],
    ["a x2, b", 5, /xN and @C end a worker spec/],
    ["a, x2", 4, /after the list and a blank, without a comma/],
    ["a@5", 1, /a blank before @5/],
    ["a x0", 3, /a number of workers from 1 to 1024, got "x0"/],
    ["a x", 3, /got "x"/],
    ["a x1.5", 3, /got "x1.5"/],
    ["a x-1", 3, /got "x-1"/],
    ["a @0", 3, /jobs at a time from 1 to 10000, got "@0"/],
    ["a @", 3, /got "@"/],
    ["a x2 x3", 6, /write each of xN and @C once/],
    ["a @2 @3", 6, /write each of xN and @C once/],
    ["4 x2", 3, /write each of xN and @C once/],
    ["0", 1, /from 1 to 1024, got "0"/],
    ["a:0", 2, /a weight from 1 to 1000 after the colon, got ":0"/],
    ["a:1001,b", 2, /a weight from 1 to 1000/],
    ["b,a:1.5", 3, /or a weight from 1 to 1000 after the name, got "a:1.5"/],
    ["b:x", 1, /or a weight from 1 to 1000 after the name, got "b:x"/],
    ["a,a:2", 3, /each queue once in a list with weights, got "a"/],
    ["a:2,b,!c,b", 10, /each queue once in a list with weights, got "b"/],
    ["*,!a:3", 5, /no weight after a negation/],
    ["a x1..", 3, /xMIN\.\.MAX, with MIN from 0 to MAX and MAX from 1 to 1024, got "x1\.\."/],
    ["a x..4", 3, /got "x\.\.4"/],
    ["a x4..2", 3, /got "x4\.\.2"/],
    ["a x0..0", 3, /got "x0\.\.0"/],
    ["a x1..2000", 3, /got "x1\.\.2000"/],
    ["a x1..2..3", 3, /got "x1\.\.2\.\.3"/],
    ["a x5..auto", 3, /got "x5\.\.auto".*auto is 3 here/],
    ["a x1..4 x2", 9, /write each of xN and @C once/],
    ["a x0..600; b x0..600", 12, /at most 1024 workers in all, got 1200/],
    ["mail-* x0..4", 8, /at least one worker for a list with a pattern.*write x1\.\.MAX/],
    ["x0..4", 1, /at least one worker for a list with a pattern/],
    ["1025", 1, /from 1 to 1024/],
    ["a x1024; b", 10, /at most 1024 workers in all, got 1025/],
    ["a:b", 1, /without ':'/],
    ["a,4", 3, /not a number/],
    ["!mail", 1, /besides the negations, got "!mail".*write \*,!mail/],
    ["a,!a", 1, /not negated in the same list/],
    ["*,!*", 1, /not negated in the same list.*remove !\*, which excludes every queue/],
    ["!*", 1, /not negated in the same list.*remove !\*, which excludes every queue/],
    ["[[]]", 2, /at least one queue, got an empty list.*write \* for every queue/],
    ["!!a", 2, /after one '!'/],
    ['"import; *"', 1, /remove the quotes around the whole value/],
    ['"import x2"', 1, /remove the quotes around the whole value/],
    ['"4"', 1, /remove the quotes around the whole value/],
    [
      'mail, "import;export"',
      7,
      /expected a queue name without comma, semicolon, .* got "import;export" \(column 7\)$/m,
    ],
    ['"b\\s"', 1, /expected a JSON string, got "b\\s" .*; write \\\\ for a backslash, or use single quotes/],
    ['"open', 1, /closing quotation mark/],
    ["[", 2, /got the end/],
    ["[]", 1, /at least one worker in the array/],
    ["[4]", 2, /a queue list in quotes/],
    ['["a" "b"]', 6, /expected "," or "]"/],
    ['["a"] * 0', 7, /with N from 1/],
    ['["a"] b', 7, /or the end, got "b"/],
    ['["a"] * 2000', 1, /at most 1024 workers in all, got 2000/],
    ['["a:b"]', 3, /without ':'/],
    ['["ok","a x0"]', 10, /got "x0"/],
    ['["a;b"]', 4, /one queue list in each entry/],
    ['[""]', 3, /expected a queue list/],
    ['[["a,b"]]', 3, /without comma/],
    ['[["!a"]]', 2, /besides the negations/],
    [`a;\n  b,\tc:d`, 6, /line 2, column 6/],
    [`${"a,".repeat(300)}:`, 601, /without ':'/],
  ];
  for (const [text, column, message] of mistakes) {
    test(JSON.stringify(text).slice(0, 60), () => {
      const error = mistakeIn(() => parseWorkload(text, { cpus }));
      assert.match(error.message, message);
      assert.match(error.message, /^WORKLOAD: expected /);
      assert.equal(error.column, column);
      assert.equal(error.exit, "badConfig");
      assertCaretPointsAt(error, text);
    });
  }

  test("are named by their place in setup()'s value", () => {
    assert.throws(
      () => workloadOf(["a", "b x0"], { cpus }),
      /^ForkerError: forker\.workload\[1\]: expected x and a number/,
    );
    assert.throws(() => workloadOf("a x0", { cpus }), /^ForkerError: forker\.workload: expected x and a number/);
  });
});

describe("workload as a value of setup()", () => {
  const values: [value: unknown, workers: string[]][] = [
    ["import; *", ["import", "*"]],
    [2, ["*", "*"]],
    [Array(2).fill("*"), ["*", "*"]],
    [
      ["import", ["import", "Email Queue"], "* @5 x2"],
      ["import", 'import,"Email Queue"', "* @5", "* @5"],
    ],
  ];
  for (const [value, workers] of values) {
    test(JSON.stringify(value), () => assert.deepEqual(workloadOf(value, { cpus }).map(formatWorkerSpec), workers));
  }

  const refused: [value: unknown, message: RegExp][] = [
    [0, /a whole number of workers from 1 to 1024, got 0/],
    [1.5, /got 1\.5/],
    [Number.NaN, /got NaN/],
    [null, /expected a string, a number of workers or an array of queue lists, got null/],
    [{}, /got an object/],
    [[], /at least one worker/],
    [[4], /forker\.workload\[0\]: expected a queue list as a string, or an array of queue names, got 4/],
    [[[]], /forker\.workload\[0\]: expected a queue list as a string, or an array of queue names/],
    [[["a", 4]], /forker\.workload\[0\]\[1\]: expected a queue name, got 4/],
    [[["a:b"]], /without ':'/],
    [[["!a"]], /besides the negations/],
    [Array(1025).fill("*"), /at most 1024 workers, got 1025/],
  ];
  for (const [value, message] of refused) {
    test(`${JSON.stringify(value)?.slice(0, 40)} is refused`, () => {
      assert.throws(
        () => workloadOf(value, { cpus }),
        (error) => {
          assert.ok(error instanceof ForkerError);
          assert.equal(error.code, "ERR_FORKER_WORKLOAD");
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

describe("workload, for any text", () => {
  const name = fc
    .oneof(
      fc.string({ unit: fc.constantFrom(...Array.from("ab-*?x2@#'! \\[]{}.")), minLength: 1, maxLength: 8 }),
      fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
    )
    .filter((candidate) => nameProblem(candidate) === undefined);
  const list = fc
    .array(
      fc.tuple(name, fc.boolean()).map(([queue, negated]) => (negated ? `!${queue}` : queue)),
      { minLength: 1, maxLength: 6 },
    )
    .filter((queues) => listProblem(queues) === undefined);
  const concurrency = fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined });
  const spec = fc
    .tuple(list, concurrency, fc.option(fc.array(fc.integer({ min: 1, max: maximumWeight }), { minLength: 6 })))
    .map(([queues, limit, weights]) => specOf(queues, limit, weights ?? undefined));
  const specs = fc.array(spec, { minLength: 1, maxLength: 5 });

  test("parses to the same specs after it was formatted", () => {
    assertHolds(
      fc.property(specs, fc.constantFrom(";", " ; ", "\n", "\n\n# comment\n"), (workload, separator) => {
        const text = workload.map(formatWorkerSpec).join(separator);
        assert.deepEqual(plain(parseWorkload(text, { cpus })), plain(workload));
      }),
      { runs: 400 },
    );
  });

  test("parses to the same workload after it was formatted, with workers on demand", () => {
    const counts = fc.oneof(
      fc.integer({ min: 1, max: 4 }).map((count) => ({ count })),
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).map(([minimum, more]) => ({
        minimum,
        count: minimum + more,
      })),
    );
    assertHolds(
      fc.property(fc.array(fc.tuple(spec, counts), { minLength: 1, maxLength: 5 }), (lines) => {
        const workload = lines.flatMap(([one, count]) => repeated(one, count));
        assert.deepEqual(ranged(parseWorkload(formatWorkload(workload), { cpus })), ranged(workload));
      }),
      { runs: 200 },
    );
  });

  test("parses to its lists when it is a JSON array of lists", () => {
    assertHolds(
      fc.property(fc.array(list, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 3 }), (lists, times) => {
        const workload = parseWorkload(`${JSON.stringify(lists)} * ${times}`, { cpus });
        assert.deepEqual(
          workload.map(({ queues }) => queues),
          Array.from({ length: times }, () => lists).flat(),
        );
      }),
      { runs: 200 },
    );
  });

  test("gives sane workers, or a mistake whose column is in the text", () => {
    const piece = fc.constantFrom(
      "a",
      "b-*",
      "!",
      "*",
      ",",
      ";",
      "\n",
      " x",
      "2",
      "@",
      " @3",
      "auto",
      "[",
      "]",
      '"',
      "'",
      " ",
      "#",
      ":",
      ":3",
      "..",
      "\\",
      "\t",
      "é",
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join("")),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    assertHolds(
      fc.property(text, (candidate) => {
        let workload: WorkerSpec[];
        try {
          workload = parseWorkload(candidate, { cpus });
        } catch (cause) {
          assert.ok(cause instanceof WorkloadError, String(cause));
          assertCaretPointsAt(cause, candidate);
          return;
        }
        assert.ok(workload.length >= 1 && workload.length <= 1024);
        for (const { queues, concurrency: given = 1 } of workload) {
          assert.ok(Number.isInteger(given) && given >= 1 && given <= 10_000);
          assert.equal(listProblem(queues), undefined);
          for (const queue of queues) assert.equal(nameProblem(queue.replace(/^!/, "")), undefined);
        }
      }),
      { runs: 2000 },
    );
  });
});

function plain(workload: readonly WorkerSpec[]) {
  return workload.map(({ queues, weights, concurrency = "each queue's own" }) => ({
    queues: [...queues],
    weights,
    concurrency,
  }));
}

/** With weights if each of its queues is named once. */
function specOf(
  queues: readonly string[],
  concurrency: number | undefined,
  weights: readonly number[] | undefined,
): WorkerSpec {
  const isWeighted = weights !== undefined && new Set(queues).size === queues.length;
  return {
    queues,
    ...(isWeighted && { weights: queues.map((pattern, at) => (pattern.startsWith("!") ? 1 : (weights[at] ?? 1))) }),
    ...(concurrency !== undefined && { concurrency }),
  };
}

function ranged(workload: readonly WorkerSpec[]): unknown {
  return plain(workload).map((one, at) => ({ ...one, range: workload[at]?.range }));
}

function mistakeIn(parse: () => unknown): WorkloadError {
  try {
    parse();
  } catch (cause) {
    if (cause instanceof WorkloadError) return cause;
    throw cause;
  }
  return assert.fail("it was accepted");
}

function assertCaretPointsAt(error: WorkloadError, text: string): void {
  const line = text.split("\n")[error.line - 1];
  assert.ok(line !== undefined, `line ${error.line} of ${JSON.stringify(text)}`);
  assert.ok(error.column >= 1 && error.column <= line.length + 1, `column ${error.column} of ${JSON.stringify(line)}`);
  const parts = error.message.split("\n");
  assert.equal(parts.length, 3);
  const [, shown = "", caret = ""] = parts;
  assert.match(caret, /^ +\^$/);
  const pointedAt = shown[caret.length - 1] ?? "";
  assert.equal(pointedAt, blanked(line)[error.column - 1] ?? "");
}
