/** A resource of the template that a forked child would share or lack. */
export interface Finding {
  readonly kind: "socket" | "server" | "pipe" | "watcher" | "thread" | "process" | "database";
  /** As it appears in messages: `a TCP connection to 10.0.0.7:6379 (fd 23), created by ioredis at /app/redis.mjs:3`. */
  readonly what: string;
  /** refuse: children would corrupt each other's data, or hang. warn: it may be intended. */
  readonly severity: "refuse" | "warn";
  readonly advice: Advice;
}

/** What is wrong and what to do about it, for each kind of application: a definition has hooks, one that only has Workers of its own has ready(). */
export interface Advice {
  readonly definition: string;
  readonly adopted: string;
}

/** The advice for this application. */
export function adviceFor({ advice }: Finding, application: { readonly hasOnlyAdopted?: boolean }): string {
  return application.hasOnlyAdopted === true ? advice.adopted : advice.definition;
}
