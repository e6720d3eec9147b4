import assert from "node:assert/strict";
import { test } from "node:test";
import { prometheusText } from "../../../src/admin/prometheus-text.ts";

test("the metrics follow the text format, including escapes and special values", () => {
  const text = prometheusText([
    {
      name: "a_total",
      help: "Back\\slash and\nline",
      type: "counter",
      samples: [{ value: 3 }, { labels: { slot: 0, spec: 'a"b\\c\nd' }, value: 0.25 }],
    },
    { name: "empty", help: "Nothing.", type: "gauge", samples: [] },
    {
      name: "b",
      help: "Odd.",
      type: "gauge",
      samples: [{ value: Infinity }, { value: -Infinity }, { value: Number.NaN }],
    },
  ]);
  assert.equal(
    text,
    [
      "# HELP a_total Back\\\\slash and\\nline",
      "# TYPE a_total counter",
      "a_total 3",
      'a_total{slot="0",spec="a\\"b\\\\c\\nd"} 0.25',
      "# HELP b Odd.",
      "# TYPE b gauge",
      "b +Inf",
      "b -Inf",
      "b NaN",
      "",
    ].join("\n"),
  );
});
