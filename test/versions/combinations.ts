import { supported } from "../../src/bull/library/versions.ts";

export interface Combination {
  readonly bullmq: string;
  readonly ioredis: string;
  /** The major version of Node. */
  readonly node: number;
}

const [newest5 = "", newest6 = ""] = Object.values(supported.bullmq.newest);
const [redis5 = "", redis6 = ""] = Object.values(supported.ioredis.newest);
const oldest5 = supported.bullmq.oldest;
const oldestRedis = supported.ioredis.oldest;

/** The last release before each change in BullMQ that forker compensates for (see src/bull/older), and the first after it. */
const between = [
  "5.1.12",
  "5.4.6",
  "5.12.15",
  "5.15.0",
  "5.26.2",
  "5.28.2",
  "5.32.0",
  "5.33.1",
  "5.40.5",
  "5.41.9",
  "5.53.3",
  "5.54.3",
  "5.63.2",
  "5.64.1",
];

/** What `npm run test:versions` runs. */
export const combinations: readonly Combination[] = [
  ...[oldest5, ...between, newest5, "6.0.0", newest6].map((bullmq) => ({ bullmq, ioredis: redis5, node: 24 })),
  ...[oldest5, newest5, "6.0.0", newest6].map((bullmq) => ({ bullmq, ioredis: redis6, node: 24 })),
  ...[oldest5, newest6].map((bullmq) => ({ bullmq, ioredis: oldestRedis, node: 24 })),
  ...[22, 26].flatMap((node) => [
    { bullmq: oldest5, ioredis: redis5, node },
    { bullmq: newest5, ioredis: redis6, node },
    { bullmq: newest6, ioredis: redis6, node },
  ]),
];
