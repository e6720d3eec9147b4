import { continueApplication } from "../app/continue-application.ts";
import { endApplication } from "../app/end-application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import { MemoryRelease } from "./memory/memory-release.ts";
import { recordSignals } from "./orders/record-signals.ts";
import { type RunnerPoolEdges, runnerPoolEdges } from "./runners/runner-pool-edges.ts";

/** What a worker does to its process and to the application in it. */
export interface ProcessEdges {
  /** Creates what returns the process's memory to the kernel. */
  readonly releaseMemory: () => () => void;
  readonly runnerEdges: RunnerPoolEdges;
  readonly showTitle: (title: string) => void;
  readonly recordSignals: (row: RowWriter) => void;
  readonly continueApplication: typeof continueApplication;
  readonly endApplication: typeof endApplication;
}

export const processEdges: ProcessEdges = {
  releaseMemory: () => {
    const release = new MemoryRelease();
    return () => release.now();
  },
  runnerEdges: runnerPoolEdges,
  showTitle: (title) => {
    process.title = title;
  },
  recordSignals,
  continueApplication,
  endApplication,
};
