import type { JobAccount, JobList } from "../../protocol/drain-report.ts";
import type { JobName } from "../../protocol/messages.ts";
import { jobText } from "../../text/printable.ts";
import { lostInTrial } from "../state/apply-template-event.ts";
import type { ExitStatus } from "../state/event.ts";
import type { Runner } from "../state/runner.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";

const namedAtMost = 100;
const namedAtExit = 10;

/** Identifies the worker that a log line is about. */
export function workerFields({ slot, isSpare, generation, pid }: Worker) {
  return { ...(isSpare ? { isSpare } : { slot }), generation, workerPid: pid };
}

export function templateFields({ generation, pid }: Template) {
  return { generation, templatePid: pid };
}

export function runnerFields({ slot, generation, pid, job }: Runner) {
  return { slot, generation, runnerPid: pid, ...(job !== undefined && { jobs: jobNames([job]) }) };
}

/** How a process ended. */
export function exitFields(status: ExitStatus): Record<string, unknown> {
  if (!("unknown" in status)) return { ...status };
  return status.notStarted === undefined ? { exitStatus: "unknown" } : { cause: status.notStarted };
}

/** Why a template ended, as far as its failure does not say so. */
export function templateExitCause(template: Template, status: ExitStatus): string | undefined {
  const lost = lostInTrial(template, status);
  if (lost !== undefined) return lost;
  const isUnexplained = template.state === "loading" && template.failure === undefined && "exitCode" in status;
  return isUnexplained ? "unknown: it exited while it was loading and did not report why" : undefined;
}

/** The names of the latest jobs. */
export function jobNames(names: readonly JobName[], atMost = namedAtMost): string[] {
  return names.slice(-atMost).map(jobText);
}

/** What happened to all jobs, for init's last line. */
export function accountFields({ finished, failed, handedBack, lost }: JobAccount): Record<string, unknown> {
  return {
    finished,
    failed,
    handedBack: handedBack.count,
    ...latest("handedBackJobs", handedBack),
    lost: lost.count,
    ...latest("lostJobs", lost),
  };
}

function latest(field: string, list: JobList): Record<string, string[]> {
  return list.count === 0 ? {} : { [field]: jobNames(list.latest, namedAtExit) };
}

export function exitMessage(role: "worker" | "template" | "keeper", status: ExitStatus): string {
  const isNotStarted = "unknown" in status && status.notStarted !== undefined;
  return isNotStarted ? `${role} did not start` : `${role} exited`;
}
