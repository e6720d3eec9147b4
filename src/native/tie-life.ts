import { native } from "./binding.ts";
import { isNativeError } from "./process.ts";

const tieTimeoutMs = 1_000;
/** On a busy machine, the process between init and this one may take long to end. */
const againMs = 1_000;
const triesAtMost = 60;

interface Tie {
  readonly log: { warn(fields: object, message: string): void };
  /** See ForkBinding. */
  readonly tie?: (initPid: number, deadlineMs: number) => void;
}

/** Makes the kernel kill this forked process when init dies. Until that succeeds, it learns of init's death by the end of its channel. */
export function tieLifeToInit(initPid: number, { log, tie = tieNow }: Tie): void {
  const attempt = (deadlineMs: number, triesLeft: number): void => {
    try {
      tie(initPid, deadlineMs);
    } catch (cause) {
      const name = isNativeError(cause) ? cause.errnoName : undefined;
      // init has ended. The EOF on its channel ends this process in an orderly way.
      if (name === "ESRCH") return;
      // Later attempts do not wait: by then this process has other work.
      if (name === "ETIMEDOUT" && triesLeft > 0) setTimeout(() => attempt(1, triesLeft - 1), againMs).unref();
      else
        log.warn(
          { cause: (cause as Error).message },
          "could not tie this process to init: it exits when its channel closes",
        );
    }
  };
  attempt(tieTimeoutMs, triesAtMost);
}

export function tieNow(initPid: number, deadlineMs: number): void {
  native().tieLifeToParent(initPid, deadlineMs);
}
