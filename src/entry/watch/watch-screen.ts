import { awaitLeaving } from "../../admin/await-leaving.ts";
import { ask, noLimit } from "../../admin/client.ts";
import { mayColour } from "../../admin/terminal/styled.ts";
import {
  newWatchState,
  pressed,
  screenLines,
  type WatchOrder,
  type WatchState,
  withStatus,
} from "../../admin/terminal/watch-state.ts";
import { ForkerError } from "../../exit/forker-error.ts";
import type { StopJobAnswer } from "../../protocol/ask-message.ts";
import type { HeldJobStatus, Status } from "../../protocol/status.ts";
import { jobText } from "../../text/printable.ts";
import { Screen } from "./screen.ts";

const intervalMs = 1_000;

/** Why the screen was closed. `leaving`: forker is about to exit. */
type WatchEnd = "quit" | "ended" | "leaving";

/**
 * `forker status --watch` on a terminal. `first`: the status that was asked for already. If forker is PID 1, its exit kills this process, too,
 * and nothing could restore the terminal then: the screen is closed when forker begins to leave.
 */
export async function watchScreen(first: Status): Promise<WatchEnd> {
  const { pid } = first;
  const { promise: over, resolve: end } = Promise.withResolvers<WatchEnd>();
  let state: WatchState = newWatchState(first);
  const draw = () => screen.draw(screenLines(state, screen.size, screen.hasKeys));
  const screen = new Screen(mayColour(process.env, true), {
    changed: () => draw(),
    pressed: (key) => {
      const next = pressed(state, key);
      state = next.state;
      draw();
      if (next.order !== undefined) void obey(next.order);
    },
  });
  const say = (message: string) => {
    state = { ...state, message };
    draw();
  };
  async function obey(order: WatchOrder): Promise<void> {
    if (order.kind === "quit") return end("quit");
    try {
      say(order.kind === "signal" ? await signal(order.signal, order.name, pid) : await stopJob(order.job, pid, say));
    } catch (cause) {
      say((cause as Error).message);
    }
  }
  draw();
  const looks = watchStatus(pid, (status) => {
    state = withStatus(state, status);
    draw();
    if (isLeaving(status)) end("leaving");
  });
  void looks.ended.then(() => end("ended"));
  // A look a second is too seldom: init may exit, and kill this process, before the next one.
  const leaving = awaitLeaving(pid, () => end("leaving"));
  try {
    return await over;
  } finally {
    looks.stop();
    screen.close();
    leaving.end();
  }
}

export function isLeaving({ phase }: Status): boolean {
  return phase === "draining" || phase === "stopping";
}

/** Asks once a second, and never twice at the same time. `ended` resolves when forker has ended. */
function watchStatus(pid: number, changed: (status: Status) => void): { readonly ended: Promise<void>; stop(): void } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const look = async () => {
    try {
      const status = (await ask({ name: "status" }, pid)) as Status;
      if (!isStopped) changed(status);
    } catch (cause) {
      if (cause instanceof ForkerError && cause.exit === "noInit") return resolve();
    }
    if (!isStopped) timer = setTimeout(() => void look(), intervalMs);
  };
  timer = setTimeout(() => void look(), intervalMs);
  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
  };
  return { ended, stop };
}

async function signal(name: NodeJS.Signals, order: string, pid: number): Promise<string> {
  const { error } = (await ask({ name: "signal", signal: name }, pid)) as { error?: string };
  return error ?? `${order}: init has the order`;
}

const ends: Readonly<Record<StopJobAnswer["ended"], (job: string) => string>> = {
  stopped: (job) => `stopped ${job}`,
  byItself: (job) => `${job} had ended by itself`,
  notYet: (job) => `forker is stopping ${job}, which has not ended yet`,
  notHeld: (job) => `no worker of this forker holds ${job}`,
};

async function stopJob(job: HeldJobStatus, pid: number, say: (message: string) => void): Promise<string> {
  const name = jobText(job);
  say(`stopping ${name} …`);
  const { queue, id } = job;
  const answer = (await ask({ name: "stopJob", queue, id }, pid, noLimit)) as StopJobAnswer & { error?: string };
  return answer.error ?? ends[answer.ended](name);
}
