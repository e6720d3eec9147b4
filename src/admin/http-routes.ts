import type { Status, Verdict } from "../protocol/status.ts";
import { printableLines } from "../text/printable.ts";
import { type HealthSnapshot, liveness, readiness, startup } from "./health.ts";
import type { Answer, Responder } from "./http-server.ts";

export interface RouteDependencies {
  /** Cheap: it reads no file. */
  readonly snapshot: () => HealthSnapshot;
  readonly status: () => Promise<Status>;
  /** Prometheus' text. */
  readonly metrics: () => Promise<string>;
}

/** What is answered where. docs/HEALTH.md has the table. */
export function healthRoutes({ snapshot, status, metrics }: RouteDependencies): Responder {
  return async (path) => {
    switch (path) {
      case "/livez":
        return verdictAnswer(liveness(snapshot()));
      case "/readyz":
        return verdictAnswer(readiness(snapshot()));
      case "/startupz":
        return verdictAnswer(startup(snapshot()));
      case "/status":
        return jsonAnswer(200, await status());
      case "/metrics":
        return { status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: await metrics() };
      default:
        return undefined;
    }
  };
}

function verdictAnswer(verdict: Verdict): Answer {
  return jsonAnswer(verdict.ok ? 200 : 503, verdict);
}

function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: `${printableLines(JSON.stringify(value))}\n` };
}
