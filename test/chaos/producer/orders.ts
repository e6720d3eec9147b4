import type { Draws } from "../../support/draws.ts";
import type { Meant } from "../account/entry.ts";
import type { QueueName } from "../queues.ts";

export interface JobOrder {
  readonly queue: QueueName;
  readonly id: string;
  readonly kind: string;
  readonly meant: Meant;
  readonly attempts: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly options: {
    readonly delay?: number;
    readonly priority?: number;
    readonly attempts?: number;
    readonly backoff?: { readonly type: "fixed" | "exponential"; readonly delay: number };
  };
  /** For a flow's parent. */
  readonly children: readonly JobOrder[];
}

const kinds = {
  quick: 30,
  compute: 15,
  computeLong: 2,
  io: 20,
  waits: 15,
  blocks: 1.5,
  allocates: 4,
  deaf: 3,
  flaky: 6,
  doomed: 2,
  parent: 5,
};
type Kind = keyof typeof kinds;

/** The shortest and the longest duration of each kind, in milliseconds. */
const durations: Readonly<Record<Kind, readonly [number, number]>> = {
  quick: [0, 0],
  compute: [5, 60],
  computeLong: [300, 1_000],
  io: [5, 150],
  waits: [50, 1_500],
  blocks: [1_000, 8_000],
  allocates: [50, 400],
  deaf: [1_000, 4_000],
  flaky: [5, 100],
  doomed: [5, 100],
  parent: [0, 0],
};

/** A producer's next job: the same draws always give the same job. */
export function nextOrder(draws: Draws, serial: number): JobOrder {
  const kind = draws.pick<Kind>(kinds);
  const id = `${serial}-${kind}`;
  if (kind !== "parent") return single(draws, id, kind);
  const children = Array.from({ length: 2 + draws.below(3) }, (_, at) =>
    single(draws, `${serial}-child${at}`, draws.pick<Kind>({ ...kinds, parent: 0, doomed: 0 })),
  );
  const data = { kind, children: children.length };
  return { queue: "flows", id, kind, meant: "completed", attempts: 1, data, options: {}, children };
}

function single(draws: Draws, id: string, kind: Kind): JobOrder {
  const [least, most] = durations[kind];
  const ms = least + draws.below(most - least + 1);
  const how = draws.pick({ plain: 6, delayed: 2, prioritized: 2 });
  const isShort = kind === "quick" || kind === "io";
  const queue = isShort && draws.next() < 0.15 ? "limited" : "jobs";
  const failures = kind === "flaky" ? 1 + draws.below(2) : kind === "doomed" ? 2 : 0;
  const attempts = kind === "flaky" ? failures + 1 : Math.max(1, failures);
  const backoff = { type: draws.pick({ fixed: 1, exponential: 1 }), delay: 50 + draws.below(300) };
  return {
    queue,
    id,
    kind,
    meant: kind === "doomed" ? "failed" : "completed",
    attempts,
    data: { kind, ms, failures, mb: 20 + draws.below(40) },
    options: {
      ...(how === "delayed" && { delay: 100 + draws.below(4_000) }),
      ...(how === "prioritized" && { priority: 1 + draws.below(10) }),
      // One more than it uses: an attempt that something else uses up then shows in BullMQ's records without failing the job.
      ...(attempts > 1 && { attempts: kind === "doomed" ? attempts : attempts + 1, backoff }),
    },
    children: [],
  };
}
