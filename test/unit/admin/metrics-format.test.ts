import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsFormat } from "../../../src/admin/metrics-format.ts";

test("OpenMetrics is for those who ask for it", () => {
  const cases: readonly (readonly [accept: string | undefined, format: string])[] = [
    [undefined, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text"],
    ["application/openmetrics-text", "openMetrics"],
    ["application/openmetrics-text; version=1.0.0", "openMetrics"],
    ['Application/OpenMetrics-Text; Version="1.0.0"; charset=utf-8', "openMetrics"],
    ["application/openmetrics-text; version=0.0.1", "text"],
    ["application/openmetrics-text; version=2.0.0, text/plain", "text"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;q=0.3,text/plain;q=0.7", "text"],
    ["application/openmetrics-text;q=nonsense", "text"],
    // Prometheus 2.42, and 3.
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openMetrics",
    ],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.1",
      "openMetrics",
    ],
  ];
  for (const [accept, format] of cases) assert.equal(metricsFormat(accept), format, accept);
});
