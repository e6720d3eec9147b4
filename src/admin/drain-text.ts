import type { DrainReport, JobAccount, JobList } from "../protocol/drain-report.ts";
import { jobText } from "../text/printable.ts";

const namedJobs = 10;

/** `finished 5, failed 1, handed back 2 (mail:991, mail:992)` */
export function accountText(account: JobAccount): string {
  const parts = [`finished ${account.finished}`];
  if (account.failed > 0) parts.push(`failed ${account.failed}`);
  const { handedBack, lost } = account;
  if (handedBack.count > 0) parts.push(`handed back ${handedBack.count} ${names(handedBack)}`);
  if (lost.count > 0) parts.push(`not handed back ${lost.count} ${names(lost)}`);
  return parts.join(", ");
}

/** `finished 5, still running 1 (mail:993)` */
export function drainText(report: DrainReport): string {
  const { running } = report;
  const still =
    running.length === 0
      ? []
      : [`still running ${running.length} ${names({ count: running.length, latest: running })}`];
  return [accountText(report), ...still].join(", ");
}

/** The latest. */
function names({ count, latest }: JobList): string {
  const shown = latest.slice(-namedJobs).map(jobText);
  if (count > shown.length) shown.unshift("…");
  return `(${shown.join(", ")})`;
}
