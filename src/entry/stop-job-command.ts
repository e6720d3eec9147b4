import { ask, noLimit } from "../admin/client.ts";
import type { Command } from "../config/command.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { StopJobAnswer } from "../protocol/ask-message.ts";
import { jobText } from "../text/printable.ts";
import { say } from "./say.ts";

/** `forker stop-job`: prints how the job ended. Resolves with the exit code, or rejects with a ForkerError. */
export async function stopJob({ queue, id, pid }: Extract<Command, { kind: "stopJob" }>): Promise<number> {
  const answer = (await ask({ name: "stopJob", queue, id }, pid, noLimit)) as StopJobAnswer & { error?: string };
  if (answer.error !== undefined) throw new ForkerError("noInit", "ERR_FORKER_STOP_JOB", `stop-job: ${answer.error}`);
  const job = jobText({ queue, id });
  switch (answer.ended) {
    case "stopped":
      say.line(`stopped ${job}`);
      return exitCodes.done.code;
    case "byItself":
      say.line(`${job} had ended by itself`);
      return exitCodes.done.code;
    case "notYet":
      throw new ForkerError(
        "notYet",
        "ERR_FORKER_NOT_YET",
        `stop-job: forker is stopping ${job}, but it has not ended yet`,
      );
    case "notHeld":
      throw new ForkerError("notHeld", "ERR_FORKER_NOT_HELD", `stop-job: no worker of this forker holds ${job}`);
  }
}
