import { type MetricsSource, metricTable } from "./metric-table.ts";
import { type MetricsFormat, prometheusText } from "./prometheus-text.ts";

export function metricsText(source: MetricsSource, format: MetricsFormat): string {
  const metrics = Object.entries(metricTable).map(([name, { type, help, read }]) => {
    const value = read(source);
    return { name, help, type, samples: typeof value === "number" ? [{ value }] : value };
  });
  return prometheusText(metrics, format);
}
