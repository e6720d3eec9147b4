import type { Container } from "../models/container.ts";
import { abandonsRightly } from "./abandoning.ts";
import { readsAfterFreezes } from "./after-freezes.ts";
import { asAsked } from "./as-asked.ts";
import { causedOrders } from "./caused-orders.ts";
import type { Check, CheckOf } from "./check.ts";
import { endedJobs } from "./ended-jobs.ts";
import { exitsInTime } from "./exits-in-time.ts";
import { givesUpRightly } from "./giving-up.ts";
import { knownProcesses } from "./known-processes.ts";
import { obeyedOrders } from "./obeyed-orders.ts";
import { keptRanges } from "./ranges.ts";
import { boundedRepetition } from "./repetition.ts";
import { runnersEnd } from "./runners.ts";
import { obeyedSignals } from "./signalled-workers.ts";
import { oneTakesPerSlot } from "./slots.ts";
import { trueReasons } from "./true-reasons.ts";
import { truthfulHealth } from "./truthful-health.ts";

const all: readonly CheckOf[] = [
  trueReasons,
  readsAfterFreezes,
  knownProcesses,
  oneTakesPerSlot,
  exitsInTime,
  endedJobs,
  truthfulHealth,
  boundedRepetition,
  obeyedOrders,
  obeyedSignals,
  causedOrders,
  keptRanges,
  givesUpRightly,
  abandonsRightly,
  runnersEnd,
  asAsked,
];

export function checksOf(container: Container): Check[] {
  return all.map((checkOf) => checkOf(container));
}
