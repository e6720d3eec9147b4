import type { Worker } from "bullmq";
import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { noteOwnChange } from "../library/own-changes.ts";
import type { AdoptedWorker } from "./adopted-worker.ts";
import type { AdoptedWorkers } from "./adopted-workers.ts";

type Method = (this: BullWorker, ...values: unknown[]) => unknown;
/** What an adopted Worker does in place of a method, which it may call. */
type Change = (one: AdoptedWorker, values: readonly unknown[], proceed: () => unknown) => unknown;

/**
 * The methods in which an adopted Worker differs. All others are BullMQ's: `pause`, `resume` and `close` too, which emit their
 * events and wait for the running jobs through these.
 */
const changes = {
  /** The lane takes the jobs. */
  run: (one) => one.run(),
  whenCurrentJobsFinished: (one) => one.finished(),
  /** While a lane uses the Worker, the worker's maintenance checks the queue for stalled jobs. */
  startStalledCheckTimer: (one, _values, proceed) => (one.takesJobs ? Promise.resolve() : proceed()),
  getNextJob: (one, [token, options], proceed) => {
    if (one.isLanes(token)) return proceed();
    if ((options as { block?: boolean } | undefined)?.block !== false) one.waitsItself();
    return one.byHand.next(proceed as () => Promise<BullJob | undefined>);
  },
  close: (one, _values, proceed) => {
    one.closes();
    return closed(one, proceed() as Promise<void>);
  },
} as const satisfies Readonly<Record<string, Change>>;

/**
 * Changes the methods of BullMQ's class. Workers that are not adopted keep what they do. `before` is called with the Worker
 * before each of them.
 */
export function changeMethods(
  { prototype }: Pick<typeof Worker, "prototype">,
  adopted: AdoptedWorkers,
  before: (worker: BullWorker) => void = () => {},
): void {
  const methods = prototype as unknown as Record<string, Method>;
  for (const [name, change] of Object.entries<Change>(changes)) {
    const original = methods[name];
    if (original === undefined) continue;
    const changed: Method = function (...values) {
      before(this);
      const proceed = () => original.apply(this, values);
      const one = adopted.of(this);
      return one === undefined ? proceed() : change(one, values, proceed);
    };
    noteOwnChange(changed, original);
    methods[name] = changed;
  }
  const concurrency = Object.getOwnPropertyDescriptor(prototype, "concurrency");
  if (concurrency === undefined) return;
  Object.defineProperty(prototype, "concurrency", {
    ...concurrency,
    set(this: BullWorker, value: number) {
      concurrency.set?.call(this, value);
      // BullMQ's constructor sets it, too.
      adopted.of(this)?.changed();
    },
  });
}

async function closed(one: AdoptedWorker, closing: Promise<void>): Promise<void> {
  await closing;
  await one.closed();
}
