/**
 * text: https://prometheus.io/docs/instrumenting/exposition_formats/, the text format 0.0.4.
 * openMetrics: https://prometheus.io/docs/specs/om/open_metrics_spec/, version 1.0.0.
 */
export type MetricsFormat = "text" | "openMetrics";

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly (Sample | HistogramSample)[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** `counts`: for each bound, and for what is beyond the last. */
export interface HistogramSample {
  readonly labels?: Sample["labels"];
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Metrics without a sample are left out. */
export function prometheusText(metrics: readonly Metric[], format: MetricsFormat = "text"): string {
  const lines = metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap((metric) => [
      ...(format === "text" ? textHead(metric) : openMetricsHead(metric)),
      ...metric.samples.flatMap((sample) => sampleLines(metric.name, sample, format)),
    ]);
  return [...lines, ...(format === "text" ? [] : ["# EOF"]), ""].join("\n");
}

function textHead({ name, help, type }: Metric): string[] {
  return [`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`];
}

/** A counter's samples have a suffix that its name has not, and a unit is the end of a name. */
function openMetricsHead({ name, help, type }: Metric): string[] {
  const family = type === "counter" ? name.replace(/_total$/, "") : name;
  const [, unit] = /_(seconds|bytes)$/.exec(family) ?? [];
  return [
    `# TYPE ${family} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`]),
    `# HELP ${family} ${escaped(help)}`,
  ];
}

function sampleLines(name: string, sample: Sample | HistogramSample, format: MetricsFormat): string[] {
  const { labels } = sample;
  if ("value" in sample) return [`${name}${labelText(labels)} ${valueText(sample.value)}`];
  let count = 0;
  const buckets = sample.counts.map((more, at) => {
    count += more;
    const le = boundText(sample.bounds[at] ?? Infinity, format);
    return `${name}_bucket${labelText({ ...labels, le })} ${count}`;
  });
  const own = labelText(labels);
  return [...buckets, `${name}_sum${own} ${valueText(sample.sum)}`, `${name}_count${own} ${count}`];
}

function labelText(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** OpenMetrics wants one form of each bound, which is that of a float. */
function boundText(bound: number, format: MetricsFormat): string {
  return format === "openMetrics" && Number.isInteger(bound) ? bound.toFixed(1) : valueText(bound);
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
