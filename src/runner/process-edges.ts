import { continueApplication } from "../app/continue-application.ts";
import { allowMarking } from "../heap/marking.ts";
import { allowOptimizing, preventOptimizing } from "../heap/optimizing.ts";
import { dial } from "../protocol/channel.ts";
import { beNicer } from "./be-nicer.ts";
import { listenForSignals } from "./runner-signals.ts";

/** What a runner uses of its process, and its connection to its worker. */
export interface RunnerEdges {
  readonly listenForSignals: typeof listenForSignals;
  readonly continueApplication: typeof continueApplication;
  readonly dial: typeof dial;
  readonly showTitle: (title: string) => void;
  readonly beNicer: typeof beNicer;
  /** While the process only waits, V8 compiles nothing and begins no marking. */
  readonly allowOptimizing: () => void;
  readonly preventOptimizing: () => void;
  readonly allowMarking: () => void;
}

export const ownProcess: RunnerEdges = {
  listenForSignals,
  continueApplication,
  dial,
  showTitle: (title) => {
    process.title = title;
  },
  beNicer,
  allowOptimizing,
  preventOptimizing,
  allowMarking,
};
