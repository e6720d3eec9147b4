import { native } from "../../native/binding.ts";
import { wrapBuiltIn } from "../identity/wrap-built-in.ts";

let isBrief = false;

/**
 * Call it in the template before the application loads, because libraries keep and replace process.reallyExit, with which Node's
 * process.exit() ends the process once the listeners of `exit` have run.
 */
export function trackExit(): void {
  wrapBuiltIn(process, "reallyExit", reallyExit);
}

export function reallyExit(args: readonly unknown[], proceed: (args: readonly unknown[]) => unknown): unknown {
  const [exitCode] = args;
  return isBrief ? native().endAtOnce(Number(exitCode ?? 0)) : proceed(args);
}

/**
 * Call it in a forked child that ends soon. process.exit() then calls the listeners of `exit`, and leaves the rest to the kernel.
 * Nothing more is lost than in a full exit, which does not wait for the streams either.
 */
export function exitBriefly(): void {
  isBrief = true;
}
