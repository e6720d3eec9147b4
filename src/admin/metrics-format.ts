import type { MetricsFormat } from "./prometheus-text.ts";

export const metricsContentTypes: Readonly<Record<MetricsFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** OpenMetrics for a scraper that asks for it by name and does not prefer the text format, which everything else gets. */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? "").toLowerCase().split(",").map(mediaRange);
  const weightOf = (isMeant: (range: MediaRange) => boolean) =>
    Math.max(0, ...ranges.filter(isMeant).map(({ weight }) => weight));
  const openMetrics = weightOf(
    ({ type, version }) => type === "application/openmetrics-text" && (version === undefined || version === "1.0.0"),
  );
  return openMetrics > 0 && openMetrics >= weightOf(({ type }) => type === "text/plain") ? "openMetrics" : "text";
}

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly weight: number;
}

function mediaRange(text: string): MediaRange {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  const valueOf = (name: string) =>
    parameters
      .find((one) => one.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', "");
  const weight = Number(valueOf("q") ?? 1);
  return { type, version: valueOf("version"), weight: weight >= 0 && weight <= 1 ? weight : 0 };
}
