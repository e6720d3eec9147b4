/** Something of the template's that a forked child would share, or miss. */
export interface Finding {
  readonly kind: "socket" | "server" | "pipe" | "watcher" | "thread" | "timer" | "process" | "database";
  /** For a sentence: `a TCP connection to 10.0.0.7:6379 (fd 23), made by ioredis at /app/redis.mjs:3`. */
  readonly what: string;
  /** refuse: children corrupt each other's work, or hang. warn: it may well be meant. */
  readonly severity: "refuse" | "warn";
  readonly advice: string;
}
