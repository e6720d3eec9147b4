/** What the cgroup grants, and how much of it is used. */
export interface Room {
  /** Until the cgroup is close to its limit. undefined: it has none. */
  readonly freeMemoryBytes: number | undefined;
  readonly grantedCpus: number;
  /** The average since the reading before. undefined: this is the first, or there is no counter. */
  readonly usedCpus: number | undefined;
}
