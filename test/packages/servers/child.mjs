// A server as a child process of the test. It ends with the test.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Debian's database servers refuse to run as root. The group is the user's primary group. */
export function startAs(user, command, words) {
  const child = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "--reuid", user, "--regid", user, "--clear-groups", "--"].concat(command, words),
    { stdio: "ignore" },
  );
  return async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
}

/** Asks until the answer is not an error. */
export async function answers(what, ask) {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (performance.now() > end) throw new Error(`${what} does not answer`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
