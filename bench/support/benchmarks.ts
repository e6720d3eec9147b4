/** One of the benchmarks that `npm run bench` runs, and how it is made short. */
export interface Benchmark {
  readonly name: string;
  /** undefined: a brief run leaves it out, because it has no aim. */
  readonly brief?: { readonly words?: readonly string[]; readonly environment?: Readonly<Record<string, string>> };
}

/** In this order. A brief run takes some ten minutes on an idle machine with two processors. */
export const benchmarks: readonly Benchmark[] = [
  { name: "boot", brief: { environment: { BENCH_RUNS: "1", BENCH_WORKERS: "1,8", BENCH_JOBS: "10" } } },
  { name: "throughput", brief: { words: ["--rounds", "3", "--jobs", "2500", "--sides", "definition,plain"] } },
  { name: "reload", brief: { words: ["--rounds", "2"] } },
  { name: "respawn", brief: { environment: { BENCH_KILLS: "10" } } },
  { name: "discovery", brief: { words: ["--queues", "5", "--keys", "50000"] } },
  { name: "idle", brief: { words: ["--rounds", "3"] } },
  { name: "limits", brief: { words: ["--pickUps", "30", "--jobs", "100000"] } },
  { name: "scaling", brief: { words: ["--rounds", "1"] } },
  { name: "isolation", brief: { words: ["--parts", "one,ten", "--seconds", "20"] } },
  { name: "page" },
  { name: "board" },
  { name: "nest" },
  { name: "fork" },
  { name: "fork-size" },
  { name: "memory" },
  { name: "pages" },
  { name: "parity" },
];
