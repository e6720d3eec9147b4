import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isDynamic, matchesQueue, matchesQueues } from "../../../src/config/queue-pattern.ts";
import { assertHolds } from "../../support/properties.ts";

const known = ["thumbnails", "mail-b", "import", "mail-a", "export"];

describe("matchesQueues", () => {
  const lists: [patterns: string[], queues: string[]][] = [
    [
      ["import", "export"],
      ["import", "export"],
    ],
    [["*"], ["export", "import", "mail-a", "mail-b", "thumbnails"]],
    [["mail-*"], ["mail-a", "mail-b"]],
    [
      ["mail-?", "export"],
      ["mail-a", "mail-b", "export"],
    ],
    [
      ["thumbnails", "*"],
      ["thumbnails", "export", "import", "mail-a", "mail-b"],
    ],
    [
      ["mail-*", "import", "*"],
      ["mail-a", "mail-b", "import", "export", "thumbnails"],
    ],
    [
      ["not-yet", "*", "import"],
      ["not-yet", "export", "import", "mail-a", "mail-b", "thumbnails"],
    ],
    [
      ["*", "!mail-*"],
      ["export", "import", "thumbnails"],
    ],
    [
      ["!mail-*", "*"],
      ["export", "import", "thumbnails"],
    ],
    [["import", "export", "!imp*"], ["export"]],
    [["import", "import"], ["import"]],
    [["?"], []],
    [["*o*"], ["export", "import"]],
  ];
  for (const [patterns, queues] of lists) {
    test(patterns.join(","), () => assert.deepEqual(matchesQueues(patterns, known), queues));
  }

  test("gives each queue once and none that is negated, in whatever order negations and known queues come", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), minLength: 1, maxLength: 4 });
    const literal = fc.string({ unit: fc.constantFrom("a", "b", "."), minLength: 1, maxLength: 4 });
    const anyList = fc.record({
      taken: fc.array(word, { maxLength: 5 }),
      negated: fc.array(word, { maxLength: 2 }),
      queues: fc.uniqueArray(literal, { maxLength: 8 }),
    });
    assertHolds(
      fc.property(anyList, ({ taken, negated, queues }) => {
        const negations = negated.map((pattern) => `!${pattern}`);
        const result = matchesQueues([...taken, ...negations], queues);
        assert.equal(new Set(result).size, result.length);
        assert.deepEqual(result, matchesQueues([...negations, ...taken], queues.toReversed()));
        for (const queue of result) {
          assert.ok(taken.includes(queue) || queues.includes(queue));
          assert.ok(taken.some((pattern) => matchesQueue(pattern, queue)));
          assert.ok(!negated.some((pattern) => matchesQueue(pattern, queue)));
        }
        for (const queue of queues) {
          const wanted = taken.some((pattern) => matchesQueue(pattern, queue));
          if (wanted && !negated.some((pattern) => matchesQueue(pattern, queue))) assert.ok(result.includes(queue));
        }
      }),
      { runs: 300 },
    );
  });
});

test("takes a dot, a plus or a bracket in a pattern as itself", () => {
  assert.ok(!matchesQueue("a.*", "ab1"));
  assert.ok(matchesQueue("a.*", "a.b"));
  assert.ok(matchesQueue("(a+[b]{c}|$^/\\)*", "(a+[b]{c}|$^/\\)-1"));
  assert.ok(matchesQueue("?", "🦊"));
  assert.ok(matchesQueue("a*b", "a\nb"));
});

test("isDynamic considers only the patterns that take queues", () => {
  assert.equal(isDynamic(["import", "!mail-*"]), false);
  assert.equal(isDynamic(["import", "mail-?"]), true);
  assert.equal(isDynamic(["*"]), true);
});
