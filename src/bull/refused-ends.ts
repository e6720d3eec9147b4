import type { Bull } from "./load-bull.ts";

/** BullMQ's own codes for a lock that does not exist and for one with another token. */
const lockCodes: readonly unknown[] = [-2, -6];

/**
 * Redis refused a command, and may accept it later: BUSY, OOM, READONLY, LOADING, NOPERM, a missing lock. BullMQ's own negative
 * codes are no refusals but answers (the job was removed, or waits for children), except those about locks, which can be regained.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === "number" ? lockCodes.includes(code) : error.name === "ReplyError" || typeof code === "string";
}

/**
 * Jobs whose refused end stays what it was. When Redis refuses to complete a job, BullMQ's Worker fails the job with that
 * refusal as the reason, which Redis may accept a moment later. These jobs refuse that second step, so that whoever holds the
 * outcome can write it again.
 */
export function jobsWithRefusableEnds({ api }: Bull): Bull["api"]["Job"] {
  return class extends api.Job {
    #refusal: unknown;

    override async moveToCompleted(...call: Parameters<InstanceType<typeof api.Job>["moveToCompleted"]>) {
      try {
        return await super.moveToCompleted(...call);
      } catch (error) {
        if (isRefusal(error)) this.#refusal = error;
        throw error;
      }
    }

    override async moveToFailed(
      ...call: Parameters<InstanceType<typeof api.Job>["moveToFailed"]>
    ): Promise<unknown[] | void> {
      const [reason] = call;
      if (reason !== undefined && reason === this.#refusal) throw reason;
      const stacktrace = [...(this.stacktrace ?? [])];
      try {
        return await super.moveToFailed(...call);
      } catch (error) {
        // BullMQ has appended the stack already, and would do so again at each further try.
        this.stacktrace = stacktrace;
        throw error;
      }
    }
  } as Bull["api"]["Job"];
}
