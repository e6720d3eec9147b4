import type { Status, Verdict } from "../protocol/status.ts";
import { type HealthSnapshot, liveness, readiness, startup } from "./health.ts";
import { type Answer, type HttpRequest, jsonAnswer, type LiveAnswer, type Responder } from "./http-answer.ts";
import { metricsContentTypes, metricsFormat } from "./metrics-format.ts";
import { pageAnswer } from "./page/page-files.ts";
import type { MetricsFormat } from "./prometheus-text.ts";

export interface RouteDependencies {
  /** Cheap: it reads no file. */
  readonly snapshot: () => Promise<HealthSnapshot>;
  readonly status: () => Promise<Status>;
  readonly metrics: (format: MetricsFormat) => Promise<string>;
  /** The page's events. */
  readonly events: (request: HttpRequest) => Answer | LiveAnswer;
  /** Obeys the order of this name, or says why not. */
  readonly order: (name: string, request: HttpRequest) => Promise<Answer>;
}

interface HttpRoute {
  /** Each status code that the route answers, with the condition for it. */
  readonly statuses: Readonly<Partial<Record<200 | 202 | 400 | 401 | 403 | 404 | 409 | 413 | 503, string>>>;
  readonly body: string;
  readonly purpose: string;
  /** `rest`: what follows the path of a route that ends in `/`. */
  readonly respond: (
    dependencies: RouteDependencies,
    request: HttpRequest,
    rest: string,
  ) => Answer | LiveAnswer | Promise<Answer>;
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
    body: "the metrics, in OpenMetrics 1.0.0 if the request's `Accept` asks for it, otherwise in Prometheus' text format 0.0.4",
    purpose: "Prometheus and compatible scrapers",
    respond: async ({ metrics }, { headers }) => {
      const format = metricsFormat(headers.accept);
      return {
        status: 200,
        contentType: metricsContentTypes[format],
        body: await metrics(format),
        headers: { vary: "accept" },
      };
    },
  },
  "/": {
    statuses: { 200: "always" },
    body: "the page of [PAGE.md](PAGE.md)",
    purpose: "people",
    respond: () => pageAnswer(),
  },
  "/events": {
    statuses: {
      200: "an event at each change, at most one a second, until either side closes the connection",
      403: "another site's page asks",
      503: "as many viewers are connected as may be",
    },
    body: "server-sent events for the page",
    purpose: "the page",
    respond: ({ events }, request) => events(request),
  },
  "/orders/": {
    statuses: {
      200: "init has the order",
      202: "the job is being stopped, and has not ended yet",
      400: "the order lacks something",
      401: "no token, or a token other than `FORKER_HTTP_TOKEN`",
      403: "`FORKER_HTTP_TOKEN` is not set, or another site's page asks",
      404: "there is no such order or job",
      409: "init is about to exit",
      413: "the body is too large",
    },
    body: "a line that says what happened",
    purpose: "POST: an order, such as `/orders/suspend`; [PAGE.md](PAGE.md#orders) lists them",
    respond: async ({ order }, request, name) => await order(name, request),
  },
} as const satisfies Record<`/${string}`, HttpRoute>;

type RoutePath = keyof typeof httpRoutes;

/** `/a, /b or /c` */
export const routeList = Object.keys(httpRoutes)
  .join(", ")
  .replace(/, ([^,]+)$/, " or $1");

/** What a request to this path may do; for a path that does not exist, too. */
export function methodsOf(path: string): readonly string[] {
  return path.startsWith("/orders/" satisfies RoutePath) ? ["POST"] : ["GET", "HEAD"];
}

export function healthRoutes(dependencies: RouteDependencies): Responder {
  return async (path, request) => {
    const [, folder = "", rest = ""] = /^(\/\w+\/)(.+)$/.exec(path) ?? [];
    const route = isRoute(folder) ? folder : path;
    return isRoute(route) ? await httpRoutes[route].respond(dependencies, request, rest) : undefined;
  };
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
