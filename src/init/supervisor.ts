import { hostname } from "node:os";
import type { Logger } from "pino";
import { DrainWaiters } from "../admin/drain-waiters.ts";
import { readiness } from "../admin/health.ts";
import { plainAnswer, type Responder } from "../admin/http-answer.ts";
import { healthRoutes } from "../admin/http-routes.ts";
import { obeyOrder } from "../admin/orders.ts";
import type { Board } from "../board/board-memory.ts";
import type { OomWatcher } from "../cgroup/oom-watcher.ts";
import type { PidsWatcher } from "../cgroup/pids-watcher.ts";
import type { Clock } from "../clock/monotonic.ts";
import type { Settings } from "../config/settings.ts";
import type { ExitName } from "../exit/exit-codes.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { InstanceId } from "../protocol/instance-id.ts";
import type { Reaper } from "../reaping/reaper.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { printable } from "../text/printable.ts";
import { Effects } from "./effects.ts";
import { Inbound } from "./inbound.ts";
import { Loop } from "./loop.ts";
import { channelClosed } from "./processes/channel-closed.ts";
import { ChildChannels } from "./processes/child-channels.ts";
import { Children } from "./processes/children.ts";
import { explainDeath } from "./processes/explain-death.ts";
import { KeeperGuard } from "./processes/keeper-guard.ts";
import { LimitsWatch } from "./processes/limits-watch.ts";
import type { NotifySocket } from "./processes/notify-socket.ts";
import type { ProcessTable } from "./processes/process-table.ts";
import { DueJobWatching, QueueCounting } from "./processes/queue-counting.ts";
import { RoomMeter, type RoomSources } from "./processes/room-meter.ts";
import { Spawner } from "./processes/spawner.ts";
import type { StartProcess } from "./processes/start-process.ts";
import { ActionLog } from "./report/action-log.ts";
import { Answers } from "./report/answers.ts";
import { EventLog } from "./report/event-log.ts";
import { Faults } from "./report/faults.ts";
import { FleetLink } from "./report/fleet-link.ts";
import { healthSnapshot } from "./report/health-snapshot.ts";
import { PageReport } from "./report/page-report.ts";
import { Requests } from "./report/requests.ts";
import { ServiceManager } from "./report/service-manager.ts";
import { StopWaiters } from "./report/stop-waiters.ts";
import type { Event } from "./state/event.ts";
import { findWorker } from "./state/find.ts";
import { fixedLimits, type Limits } from "./state/limits.ts";
import { newWorld } from "./state/new-world.ts";
import { mayHaveKeeper, type World } from "./state/world.ts";

/** Everything outside of init that it acts on or hears from. */
export interface SupervisorEdges {
  readonly settings: Settings;
  readonly signals: SignalQueue;
  /** Whether signals come from a person at a terminal. */
  readonly isInteractive: () => boolean;
  readonly log: Logger;
  readonly clock: Clock;
  readonly board: Board | undefined;
  readonly socketName: string;
  readonly instanceId: InstanceId;
  readonly version: string;
  readonly start: StartProcess;
  readonly table: ProcessTable;
  /** `ownedByLibuv`: see Reaper. */
  readonly reaper: (
    ownedByLibuv: (pid: number) => boolean,
    endsWithGroup: (pid: number) => boolean,
  ) => Pick<Reaper, "reap" | "reapThese">;
  /** undefined: this kernel or container exposes no counter of OOM kills. */
  readonly oomWatcher: OomWatcher | undefined;
  readonly pidsWatcher: PidsWatcher;
  /** By default, the machine's. */
  readonly room?: RoomSources;
  /** undefined: no service manager listens. */
  readonly notifySocket?: NotifySocket | undefined;
  /** See AnswersDependencies. */
  readonly hasThreads: boolean;
}

/** init's loop, with all that it hears, does and reports. */
export interface Supervisor {
  readonly world: World;
  readonly limits: Limits;
  readonly loop: Loop;
  readonly children: Children;
  readonly channels: ChildChannels;
  readonly requests: Requests;
  /** For FORKER_HTTP. */
  readonly responder: Responder;
  /** undefined: FORKER_HTTP is not set. */
  readonly page: PageReport | undefined;
  readonly warnings: ThrottledWarnings;
  /** Resolves when init has been ordered to exit and all its processes have ended. */
  readonly exited: Promise<ExitName>;
}

/** Nothing happens before the loop wakes for the first time. */
export function assembleSupervisor(edges: SupervisorEdges): Supervisor {
  const { settings, signals, log, clock, board, instanceId, table, oomWatcher, pidsWatcher } = edges;
  const world = newWorld();
  const limits: Limits = { ...fixedLimits, ...settings };
  const { promise: exited, resolve: exit } = Promise.withResolvers<ExitName>();
  const children = new Children(
    (event) => push(event),
    () => (mayHaveKeeper(world) ? instanceId : undefined),
    table,
  );
  const channels = new ChildChannels({
    children,
    push,
    table,
    welcome: (worker) => ({ kind: "welcome", suspended: findWorker(world, worker).toldSuspended }),
    channelFailed: (name, known, cause) => channelClosed(name, known, cause, { log, push }),
  });
  const spawner = new Spawner({
    ...edges,
    children,
    failed: (what, cause) => {
      const why = pidsWatcher.explain(cause.message, clock.now());
      log.error({ cause: why }, `failed to spawn ${what}`);
      return why;
    },
  });
  const faults = new Faults(log);
  const warnings = new ThrottledWarnings(log, clock);
  const turnedAt = () => loop.turnedAt;
  const mayOrder = settings.httpToken !== undefined;
  const page =
    settings.http === undefined ? undefined : new PageReport({ ...edges, world, limits, turnedAt, mayOrder, faults });
  const reports = page === undefined ? log : page.recorded(log);
  const waiters = new DrainWaiters((count) => push({ kind: "waiters", count }));
  const stopWaiters = new StopWaiters();
  const inbound = new Inbound({
    ...edges,
    world,
    children,
    reaper: edges.reaper(
      (pid) => spawner.owns(pid),
      (pid) => children.isRunner(pid),
    ),
    limits: new LimitsWatch(oomWatcher, pidsWatcher, log),
    room: new RoomMeter(world, edges.room),
    warnings,
    faults,
  });
  const serviceManager =
    edges.notifySocket &&
    new ServiceManager({
      ...edges.notifySocket,
      world,
      log,
      notReadyReason: () => readiness(healthSnapshot(world, limits, clock.now(), clock.now())).reason,
    });
  const fleet =
    settings.fleet === "off"
      ? undefined
      : new FleetLink({
          world,
          children,
          host: hostname(),
          version: edges.version,
          stopJob: async (job) => await requests.stopJob(job),
          push,
        });
  const effects = new Effects({
    world,
    children,
    spawner,
    board,
    settings,
    keeperGuard: new KeeperGuard(world, children),
    queueCounting: new QueueCounting(world, children),
    dueJobWatching: new DueJobWatching(world, children),
    eventLog: new EventLog(world, reports, warnings, settings.engine),
    actionLog: new ActionLog(world, reports),
    faults,
    stopWaiters,
    waiters,
    fleet,
    page,
    serviceManager,
    log,
    clock,
    exit,
    push,
  });
  const loop = new Loop(world, limits, clock, inbound, effects);
  function push(event: Event) {
    loop.push(explained(event));
  }
  /** Passes the event on unexplained if the explanation fails. */
  function explained(event: Event): Event {
    try {
      return explainDeath(event, world, { memory: oomWatcher, pidsWatcher }, clock.now());
    } catch (cause) {
      faults.report(cause);
      return event;
    }
  }
  const answers = new Answers({
    ...edges,
    world,
    limits,
    turnedAt,
    turnFirst: () => loop.turnFirst(),
  });
  const requests = new Requests({
    world,
    children,
    signals,
    answers,
    stopWaiters,
    waiters,
    stopTimeoutMs: settings.stopTimeoutMs,
    clock,
    log,
    push,
    turnFirst: () => loop.turnFirst(),
  });
  const responder = healthRoutes({
    ...answers.routes,
    events: (request) => page?.answer(request) ?? plainAnswer(503, "init has no page"),
    order: async (name, request) =>
      await obeyOrder(name, request, {
        token: settings.httpToken,
        isLeaving: () => world.phase === "draining" || world.phase === "stopping",
        signal: (signal) => requests.deliverSignal(signal, undefined, { sender: "http" }),
        stopJob: async (job) => await requests.stopJob(job),
        refused: (reason) => warnings.warn({ order: printable(name), reason }, "refused an order over HTTP", reason),
      }),
  });
  return { world, limits, loop, children, channels, requests, responder, page, warnings, exited };
}
