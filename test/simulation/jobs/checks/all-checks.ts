import { booksHold } from "./books-hold.ts";
import { deadWorkers } from "./dead-workers.ts";
import { endsAsExpected } from "./ends-as-expected.ts";
import { forkersLive } from "./forkers-live.ts";
import { hooksCalled } from "./hooks-called.ts";
import type { InstallCheck } from "./jobs-check.ts";
import { locks } from "./locks.ts";
import { places } from "./places.ts";
import { ranges } from "./ranges.ts";
import { runCauses } from "./run-causes.ts";
import { runners } from "./runners.ts";
import { trueLines } from "./true-lines.ts";

/** The locks come first: the others read what they note. */
export const jobsChecks: readonly InstallCheck[] = [
  locks,
  runCauses,
  places,
  runners,
  ranges,
  booksHold,
  deadWorkers,
  trueLines,
  forkersLive,
  endsAsExpected,
  hooksCalled,
];
