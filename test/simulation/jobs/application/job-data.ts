/** What a job does when it runs. */
export interface JobData {
  readonly kind: "good";
  readonly runMs: number;
}
