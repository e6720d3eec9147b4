import { type MetricsSource, metricTable } from "./metric-table.ts";
import { prometheusText } from "./prometheus-text.ts";

export function metricsText(source: MetricsSource): string {
  return prometheusText(
    Object.entries(metricTable).map(([name, { type, help, read }]) => {
      const value = read(source);
      return { name, help, type, samples: typeof value === "number" ? [{ value }] : value };
    }),
  );
}
