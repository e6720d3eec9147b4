/** What a host is asked to run, and where. */
export interface Assignment {
  readonly script: string;
  /** Its working directory: the same for both runs, and empty before each. */
  readonly folder: string;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}
