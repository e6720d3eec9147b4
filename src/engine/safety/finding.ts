/** A resource of the template that a forked child would share or lack. */
export interface Finding {
  readonly kind: "socket" | "server" | "pipe" | "watcher" | "thread" | "process" | "database";
  /** As it appears in messages: `a TCP connection to 10.0.0.7:6379 (fd 23), created by ioredis at /app/redis.mjs:3`. */
  readonly what: string;
  /** refuse: children would corrupt each other's data, or hang. warn: it may be intended. */
  readonly severity: "refuse" | "warn";
  readonly advice: string;
}
