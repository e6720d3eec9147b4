import { isLeaving } from "../../../src/init/state/phase.ts";
import type { Ended } from "../../../src/reaping/reaper.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container } from "../models/container.ts";
import { type Check, type LogLine, require } from "./check.ts";
import { durationIn, heardUntil, killReasons, numberIn, runningMsSince, slackMs } from "./kill-reasons.ts";

/** `no worker started from 3 templates in a row` */
const templatesInRow = /^no worker started from (\d+) templates in a row$/;
/** How long the counter of OOM kills may explain a death. */
const oomExplainsMs = 20_000;

/** What init logs, and gives as a reason, is what has happened. */
export function trueReasons(container: Container): Check {
  const { machine } = container;
  const reasons = killReasons(container);
  const pidOf = ({ fields }: LogLine) =>
    (fields["workerPid"] ?? fields["templatePid"] ?? fields["runnerPid"] ?? fields["keeperPid"]) as number | undefined;
  return {
    logged(line) {
      const { message, fields } = line;
      const pid = pidOf(line);
      const process = pid === undefined ? undefined : machine.processes.get(pid);
      const reason = String(fields["reason"]);
      switch (message) {
        case "caught internal error in supervisor":
        case "failed to perform action":
          return require(isRefusedKill(fields["err"]), () => `${message}: ${(fields["err"] as Error).stack}`);
        case "worker exited":
        case "template exited":
        case "keeper exited":
        case "runner exited":
        case "runner ended during its job":
        case "runner ended before it was ready for a job":
        case "runner ended before it got a job":
          if (process !== undefined) exited(container, process, line);
          return;
        case "sent SIGKILL to worker":
        case "sent SIGKILL to template":
        case "sent SIGKILL to keeper":
        case "sent SIGKILL to runner":
        case "replacing stuck worker": {
          const known = reasons.filter(({ pattern }) => pattern.test(reason));
          require(known.length > 0, () => `${message} for a reason that the simulation does not know: ${reason}`);
          if (process === undefined || process.isDead) return;
          const isTrue = known.some((one) => one.isTrue(process, reason));
          return require(isTrue, () => `${message} (pid ${pid}): ${reason}, which is not so`);
        }
        case "gave up waiting for worker":
        case "gave up waiting for template":
        case "gave up waiting for keeper":
        case "gave up waiting for runner":
          return require(isGivenUpRightly(container, message, process, reason), () =>
            `${message} (pid ${pid}): ${reason}, which is not so`);
        case "recycling worker":
          return require(process !== undefined && isOld(container, process, reason), () =>
            `${message} (pid ${pid}): ${reason}, which is not so`);
        case "fell back to spawned workers":
          require(haveFailed(container, fields["generation"], numberIn(reason, templatesInRow)), () =>
            `${message}: ${reason}, which is not so`);
          return require(!needsRunners(container, fields["generation"]), () =>
            `${message}, although a worker of generation ${String(fields["generation"])} needs runners`);
        case "extended deadlines, because init was frozen": {
          const isSo = machine.init.recentStillMs(slackMs) >= Number(fields["frozenMs"]) - slackMs;
          return require(isSo, () => `${message} for ${String(fields["frozenMs"])} ms, which is not so`);
        }
      }
    },
  };
}

/** The only system call that fails in init itself and is not handled where it is made. */
function isRefusedKill(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === "EPERM";
}

function exited({ machine }: Container, process: SimulatedProcess, { message, fields }: LogLine): void {
  const { end } = process;
  const { exitCode, signal, outOfMemory, exitStatus, threadRefusal } = fields;
  require(end !== undefined, () => `${message}: it has not`);
  const isSame = exitStatus === "unknown" || isStatus(end as Ended, exitCode, signal);
  require(isSame, () => `${message} with ${JSON.stringify(fields)}; in truth ${JSON.stringify(end)}`);
  require(threadRefusal === undefined, () => `${message}: ${String(threadRefusal)}`);
  // One that hangs in the kernel dies of it later. init cannot tell the deaths apart of which it reads after a freeze.
  const explainedMs = oomExplainsMs + machine.init.recentStillMs(slackMs);
  const wasOutOfMemory = process.endedBy === "oom" || process.endedAt - machine.oomKilledAt < explainedMs;
  require(outOfMemory === undefined || wasOutOfMemory, () => `${message} out of memory; in truth not`);
}

function isStatus(end: Ended, exitCode: unknown, signal: unknown): boolean {
  return "signal" in end ? end.signal === signal : end.exitCode === exitCode;
}

function isGivenUpRightly(
  container: Container,
  message: string,
  process: SimulatedProcess | undefined,
  reason: string,
): boolean {
  const { windows, supervisor } = container;
  const { unkillableMs } = supervisor.limits;
  switch (reason) {
    case "could not be started: its pid never became known":
      // A forked worker that its template did not report; or, if init leaves, a spawn whose failure Node has not emitted yet.
      return (
        process === undefined &&
        (message.endsWith("worker") || message.endsWith("runner") || isLeaving(supervisor.world))
      );
    case "did not end after SIGKILL":
      if (process === undefined || process.unkillableUntil <= heardUntil(container)) return false;
      return runningMsSince(container, process.killSentAt) >= unkillableMs;
    case "could not be killed: kill EPERM":
      if (process === undefined || process.isDead) return false;
      return (
        runningMsSince(container, process.killSentAt) >= unkillableMs &&
        windows.wasOpenSince("kill", process.killRefusedAt - 1)
      );
    default:
      return false;
  }
}

function isOld({ schedule, workers }: Container, { pid }: SimulatedProcess, reason: string): boolean {
  const model = workers.get(pid);
  if (model === undefined) return false;
  const { finished, failed } = model.jobs;
  if (reason === "it has run a job") return finished + failed >= 1;
  const jobs = /^it has run (\d+) jobs$/.exec(reason)?.[1];
  if (jobs !== undefined) return finished + failed >= Number(jobs);
  return /^it is \d+ s old$/.test(reason) && schedule.time.now - model.saidStartedAt >= durationIn(reason) - slackMs;
}

/** At least so many templates of the generation are dead or about to die. */
function haveFailed({ templates }: Container, generation: unknown, count: number): boolean {
  const ofIt = [...templates.values()].filter((one) => one.generation === generation);
  return ofIt.filter(({ process }) => process.isDead || process.killSentAt < Infinity).length >= count;
}

/** A worker that init still counts on takes jobs that only a template can fork runners for. */
function needsRunners(container: Container, generation: unknown): boolean {
  const { supervisor, workers } = container;
  const until = heardUntil(container);
  return supervisor.world.workers.some(({ pid, state, ...worker }) => {
    const model = pid === undefined ? undefined : workers.get(pid);
    if (model === undefined || worker.generation !== generation || (state !== "standby" && state !== "taking"))
      return false;
    return model.runners.areUsed && model.startedAt < until && !model.isFaulty;
  });
}
