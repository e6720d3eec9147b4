import type { Logger } from "pino";
import type { IsolationRule } from "../../app/isolation.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import type { WorkerMessage } from "../../protocol/messages.ts";
import type { HeldJob } from "../jobs/held-job.ts";
import type { EndJudgeParts } from "./end-judge.ts";
import type { RunnerPoolEdges } from "./runner-pool-edges.ts";

export interface RunnerPoolParts {
  readonly bull: Bull;
  readonly log: Logger;
  readonly tellInit: (message: WorkerMessage) => void;
  readonly edges: RunnerPoolEdges;
  /** See EndJudgeParts. */
  readonly judgeKill: EndJudgeParts["judgeKill"];
  readonly limitsOf: IsolationRule["limitsOf"];
  /** Called when a job has no runner yet, or its runner has ended before it started the job. */
  readonly waits: (held: HeldJob) => void;
  /** Called before a runner gets a job. */
  readonly starts: (held: HeldJob) => void;
  /** A person has sent USR1 to a runner. */
  readonly stopAsked: (held: HeldJob) => void;
}

export interface PerformOptions {
  /** See Work. */
  readonly trace?: string | undefined;
  readonly cancel?: AbortSignal | undefined;
}
