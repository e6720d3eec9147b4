import type { JobName } from "../protocol/messages.ts";
import type { Account } from "./world.ts";

const namedJobs = 10;

/** `finished 5, failed 1, handed back 2 (mail:991, mail:992)` */
export function accountText(account: Account): string {
  const parts = [`finished ${account.finished}`];
  if (account.failed > 0) parts.push(`failed ${account.failed}`);
  if (account.handedBack.length > 0)
    parts.push(`handed back ${account.handedBack.length} ${names(account.handedBack)}`);
  if (account.lost.length > 0) parts.push(`not handed back ${account.lost.length} ${names(account.lost)}`);
  return parts.join(", ");
}

function names(jobs: readonly JobName[]): string {
  const shown = jobs.slice(0, namedJobs).map((job) => `${job.queue}:${job.id}`);
  if (jobs.length > namedJobs) shown.push("…");
  return `(${shown.join(", ")})`;
}
