import { setTimeout } from "node:timers/promises";
import type { Application } from "../app/application.ts";
import { knownRedis } from "../app/late-redis.ts";
import { loadApplication } from "../app/load.ts";
import { endAtRefusal } from "../app/uncaught-refusal.ts";
import { unreached } from "../app/unexpected-end.ts";
import { adoptedWorkers } from "../bull/adoption/adopt-bull.ts";
import { pingRedis } from "../bull/connection/ping.ts";
import { describeCopies } from "../bull/library/copies.ts";
import { isBullAwaited, loadBull } from "../bull/library/load-bull.ts";
import { parkClients, stopParking } from "../bull/parking/parked-clients.ts";
import { readSettings } from "../config/read-settings.ts";
import type { Settings } from "../config/settings.ts";
import { trackAnswers } from "../engine/connections/answers.ts";
import { becomeQuiet } from "../engine/fork/quiet.ts";
import { inspectForkSupport } from "../engine/fork/support.ts";
import { forgetTurns, trackTurns } from "../engine/progress/turns.ts";
import { adviceFor, type Finding } from "../engine/safety/finding.ts";
import { noteInheritedFiles } from "../engine/safety/open-files.ts";
import { trackOrigins } from "../engine/safety/origins.ts";
import { inspectForkSafety } from "../engine/safety/safety.ts";
import { stopCompilers } from "../engine/threads/compilers.ts";
import { endLogThreads, resumeLogThreads } from "../engine/threads/log-threads.ts";
import { recordThreads } from "../engine/threads/thread-records.ts";
import { deferTimers, stopDeferring, trackTimers } from "../engine/timers/template-timers.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { addonProblem } from "../native/binding.ts";
import { planUser } from "../privileges/change-user.ts";
import { refuseRoot } from "../privileges/decide-privileges.ts";
import { explanation } from "./explain-command.ts";
import { say } from "./say.ts";
import { sayingLogger } from "./saying-logger.ts";

const quietTimeoutMs = 5_000;
const settleMs = 250;
const redisTimeoutMs = 5_000;

/** `forker check APP`: reports all problems at once, without starting a worker. */
export async function check(app: string): Promise<number> {
  noteInheritedFiles();
  trackOrigins();
  trackTurns();
  trackAnswers([]);
  parkClients();
  trackTimers();
  recordThreads();
  const left = () => {
    const { refusal } = adoptedWorkers;
    if (refusal instanceof ForkerError) return refuse(refusal);
    say.line(`error    the application ended the process while it was loading${unreached()}`);
    process.exitCode = exitCodes.bootFailure.code;
  };
  process.on("exit", left);
  endAtRefusal(({ message }) => {
    process.off("exit", left);
    say.line(`error    ${message}`);
  });
  const read = readSettings(process.env, app);
  for (const warning of read.warnings) say.line(`warning  ${warning}`);
  const problems: ForkerError[] = "problems" in read ? [...read.problems] : [];
  if ("settings" in read) problems.push(...(await checkSettings(read.settings)));
  for (const problem of problems) say.line(`error    ${problem.message}`);
  if (problems.length === 0) say.line("no problems found");
  process.off("exit", left);
  return problems[0]?.exitCode ?? 0;
}

/** The application has caught the error, and ends the process. */
function refuse({ message, exitCode }: ForkerError): void {
  say.line(`error    ${message}`);
  process.exitCode = exitCode;
}

async function checkSettings(settings: Settings): Promise<ForkerError[]> {
  const problems: ForkerError[] = [];
  const note = (step: () => unknown) => {
    try {
      step();
    } catch (cause) {
      problems.push(asProblem(cause));
    }
  };
  note(() => planUser(settings.user));
  const log = sayingLogger();
  parkClients();
  const application = await loadApplication(settings, 0, log).catch((cause: unknown) => {
    problems.push(asProblem(cause));
    return undefined;
  });
  stopParking();
  forgetTurns();
  if (application === undefined) return problems;
  await deferTimers();
  say.line(explanation(application.config.workload, application.jobsAtATime));
  const { user } = application.config;
  note(() => user !== undefined && planUser(user, "forker.user()"));
  note(() => refuseRoot(settings.user ?? user, process.geteuid?.() ?? 0));
  problems.push(...(await checkFork(settings, application)));
  const copies = await copiesOf(application);
  if (copies !== undefined) say.line(`warning  found ${copies}`);
  // What follows may wait for the timers of a client, or of teardown().
  stopDeferring();
  const unreachable = await checkRedis(settings, application);
  if (unreachable !== undefined) problems.push(unreachable);
  await application.hooks.teardown({ role: "template", generation: 0 });
  return problems;
}

async function copiesOf({ path, hasOnlyAdopted }: Application): Promise<string | undefined> {
  if (hasOnlyAdopted === true && isBullAwaited(path)) return undefined;
  return describeCopies(await loadBull(path), path);
}

async function checkFork(settings: Settings, application: Application): Promise<ForkerError[]> {
  const support = inspectForkSupport();
  if (!support.supported) say.line(`warning  workers would be spawned, not forked: ${support.reason}`);
  if (addonProblem() !== undefined) return [];
  if (settings.engine !== "spawn") {
    await endLogThreads();
    await stopCompilers();
  }
  await becomeQuiet({ deadlineMs: quietTimeoutMs }).catch((cause: unknown) =>
    say.line(`warning  ${asProblem(cause).message}`),
  );
  resumeLogThreads();
  if (settings.forkCheck === "off" || settings.engine === "spawn") return [];
  // A connection that the application did not await may still be opening.
  await setTimeout(settleMs);
  const findings = inspectForkSafety();
  const isFatal = ({ kind, severity }: Finding) =>
    settings.forkCheck === "error" && severity === "refuse" && (kind !== "thread" || settings.engine === "fork");
  const described = (finding: Finding) => `${finding.what}: ${adviceFor(finding, application)}`;
  for (const one of findings.filter((finding) => !isFatal(finding))) say.line(`warning  ${described(one)}`);
  return findings.filter(isFatal).map((finding) => {
    return new ForkerError("bootFailure", "ERR_FORKER_UNSAFE", `the application left open ${described(finding)}`);
  });
}

async function checkRedis(settings: Settings, application: Application): Promise<ForkerError | undefined> {
  try {
    stopParking();
    const redis = knownRedis(application.config.redis);
    if (redis === undefined) {
      say.line(
        "warning  did not check Redis and the application's Workers: it creates the first one only in a worker process",
      );
      return undefined;
    }
    const warnings = await pingRedis(settings.appPath, redis.connection, redisTimeoutMs);
    for (const warning of warnings) say.line(`warning  ${warning}`);
    return undefined;
  } catch (cause) {
    return asProblem(cause);
  }
}

function asProblem(cause: unknown): ForkerError {
  if (cause instanceof ForkerError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ForkerError("internal", "ERR_FORKER_CHECK", message, { cause });
}
