import type { Status, Verdict } from "../protocol/status.ts";
import { type HealthSnapshot, liveness, readiness, startup } from "./health.ts";
import { type Answer, jsonAnswer, type Responder } from "./http-answer.ts";

export interface RouteDependencies {
  /** Cheap: it reads no file. */
  readonly snapshot: () => Promise<HealthSnapshot>;
  readonly status: () => Promise<Status>;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

interface HttpRoute {
  /** Each status code that the route answers, with the condition for it. */
  readonly statuses: Readonly<Partial<Record<200 | 503, string>>>;
  readonly body: string;
  readonly purpose: string;
  readonly respond: (dependencies: RouteDependencies) => Answer | Promise<Answer>;
}

/** Every HTTP route. The server, its 404 answer and the table in docs/HEALTH.md are made from this table. */
export const httpRoutes = {
  "/startupz": {
    statuses: {
      200: "the first generation is loaded and every slot has had a worker that started, and from then on always",
      503: "otherwise",
    },
    body: "the verdict",
    purpose: "startup probe",
    respond: async ({ snapshot }) => verdictAnswer(startup(await snapshot())),
  },
  "/readyz": {
    statuses: { 200: "every slot takes jobs", 503: "otherwise" },
    body: "the verdict",
    purpose: "readiness probe, rollouts, alerts",
    respond: async ({ snapshot }) => verdictAnswer(readiness(await snapshot())),
  },
  "/livez": {
    statuses: { 200: "there is no problem that only a new container can solve", 503: "otherwise" },
    body: "the verdict",
    purpose: "liveness probe",
    respond: async ({ snapshot }) => verdictAnswer(liveness(await snapshot())),
  },
  "/status": {
    statuses: { 200: "always" },
    body: "the JSON of `forker status --json`",
    purpose: "people and scripts",
    respond: async ({ status }) => jsonAnswer(200, await status()),
  },
  "/metrics": {
    statuses: { 200: "always" },
    body: "the metrics in Prometheus' text format",
    purpose: "Prometheus and compatible scrapers",
    respond: async ({ metrics }) => ({
      status: 200,
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      body: await metrics(),
    }),
  },
} as const satisfies Record<`/${string}`, HttpRoute>;

type RoutePath = keyof typeof httpRoutes;

/** `/a, /b or /c` */
export const routeList = Object.keys(httpRoutes)
  .join(", ")
  .replace(/, ([^,]+)$/, " or $1");

export function healthRoutes(dependencies: RouteDependencies): Responder {
  return async (path) => (isRoute(path) ? await httpRoutes[path].respond(dependencies) : undefined);
}

/** Until init supervises, it is alive and nothing else. */
export const bootingRoutes: Responder = (path) =>
  Promise.resolve(
    verdictAnswer(
      path === ("/livez" satisfies RoutePath)
        ? { ok: true, reason: null, slots: [] }
        : { ok: false, reason: "init is booting", slots: [] },
    ),
  );

function isRoute(path: string): path is RoutePath {
  return Object.hasOwn(httpRoutes, path);
}

function verdictAnswer(verdict: Verdict): Answer {
  return jsonAnswer(verdict.ok ? 200 : 503, verdict);
}
