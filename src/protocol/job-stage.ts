/**
 * How far a worker has come with a job that it holds. taken: no code of the application has run for it yet. waitingForRunner: an
 * isolated job that has not started. running: it has started. ending: its processor has ended, or is no longer waited for, and the end is
 * being written. leaving: the same, of a job that has never started.
 */
export const jobStages = ["taken", "waitingForRunner", "running", "ending", "leaving"] as const;
export type JobStage = (typeof jobStages)[number];

/** Whether code of the application may have run for the job. Without that, the job cannot be the cause of a death. */
export function mayHaveRun(stage: JobStage): boolean {
  return stage === "running" || stage === "ending";
}

/** Whether the end of the job, or its hand back, is being written: there is nothing left to stop. */
export function isOver(stage: JobStage): boolean {
  return stage === "ending" || stage === "leaving";
}
