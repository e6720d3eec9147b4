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

test("OpenMetrics has units, counters without a suffix in their heads, floats as bounds, and an end", () => {
  const text = prometheusText(
    [
      { name: "a_total", help: 'A "quoted"\nline', type: "counter", samples: [{ value: 3 }] },
      {
        name: "b_seconds",
        help: "Times.",
        type: "histogram",
        samples: [{ labels: { slot: 0 }, bounds: [0.5, 1], counts: [1, 0, 2], sum: 7.25 }],
      },
      { name: "empty", help: "Nothing.", type: "gauge", samples: [] },
    ],
    "openMetrics",
  );
  assert.equal(
    text,
    [
      "# TYPE a counter",
      '# HELP a A \\"quoted\\"\\nline',
      "a_total 3",
      "# TYPE b_seconds histogram",
      "# UNIT b_seconds seconds",
      "# HELP b_seconds Times.",
      'b_seconds_bucket{slot="0",le="0.5"} 1',
      'b_seconds_bucket{slot="0",le="1.0"} 1',
      'b_seconds_bucket{slot="0",le="+Inf"} 3',
      'b_seconds_sum{slot="0"} 7.25',
      'b_seconds_count{slot="0"} 3',
      "# EOF",
      "",
    ].join("\n"),
  );
});
