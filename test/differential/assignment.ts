/** The script that a host must run, and where. */
export interface Assignment {
  readonly script: string;
  /** The working directory: the same for both runs, and empty before each. */
  readonly folder: string;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}
