import type { Bull } from "../library/load-bull.ts";
import { JobStoppedError, JobTimeoutError } from "./abort-reasons.ts";

/** Creates the error of a job's end that another process wrote. Only the name is known of other classes. */
export function errorNamed({ UnrecoverableError }: Bull["api"], name: string, message: string): Error {
  switch (name) {
    case "UnrecoverableError":
      return new UnrecoverableError(message);
    case "JobStoppedError":
      return new JobStoppedError(message);
    case "JobTimeoutError":
      return new JobTimeoutError(message);
    default:
      return Object.assign(new Error(message), { name });
  }
}
