// A server as a child process of the test. It ends with the test.
import { spawn } from "node:child_process";
import { once } from "node:events";

const as = (user) => ["--reuid", user, "--regid", user, "--clear-groups", "--"];

/** Debian's database servers refuse to run as root. The group is the user's primary group. */
export function startAs(user, command, words) {
  return start(["--pdeathsig", "KILL", ...as(user), command, ...words]);
}

/** For a server that starts others: all of them end with the first. */
export function startTree(user, command, words) {
  const namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"];
  // The first process stays root: a change of user would clear the signal that it gets when this test dies.
  const first = ["sh", "-c", '"$@" & wait', "sh", "setpriv"];
  return start(["--pdeathsig", "KILL", "--", ...namespace, ...first, ...as(user), command, ...words]);
}

function start(words) {
  const child = spawn("setpriv", words, { stdio: "ignore" });
  return async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
}

/** Asks until the answer is not an error. */
export async function answers(what, ask, timeoutMs = 30_000) {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (performance.now() > end) throw new Error(`${what} does not answer`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
