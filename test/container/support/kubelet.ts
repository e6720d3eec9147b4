import type { Container } from "./container.ts";
import type { Engine } from "./engine.ts";

export interface Pod {
  /** The command of lifecycle.preStop.exec. */
  readonly preStop?: readonly string[];
  /** terminationGracePeriodSeconds. */
  readonly graceMs: number;
}

export interface Terminated {
  readonly exitCode: number;
  /** The hook's exit code; undefined: there is none, or it was given up when the grace period had run out. */
  readonly hookCode: number | undefined;
  /** From the order to delete the pod to the container's end. */
  readonly tookMs: number;
  /** By the engine, at the end. */
  readonly wasKilled: boolean;
}

/** Whatever is left of the grace period when the hook has returned, the runtime gets at least this much. */
const leastAfterHookMs = 2_000;

/**
 * Ends a container as the kubelet does: the grace period begins with the order; the preStop hook runs in the container, as
 * its user; when it has returned, or the grace period is over, the runtime sends the container's stop signal, and KILL at the end.
 */
export async function terminate(engine: Engine, container: Container, pod: Pod): Promise<Terminated> {
  const began = performance.now();
  const { StopSignal: signal } = (await container.inspect()).Config;
  const ended = container.exited(pod.graceMs + 60_000);
  const hookCode = pod.preStop === undefined ? undefined : await runHook(container, pod.preStop, pod.graceMs);
  await engine.docker(["kill", "--signal", signal ?? "SIGTERM", container.name], { accept: [0, 1] });
  const leftMs = Math.max(leastAfterHookMs, pod.graceMs - (performance.now() - began));
  const inTime = await before(leftMs, ended);
  if (!inTime) await engine.docker(["kill", "--signal", "KILL", container.name], { accept: [0, 1] });
  const exitCode = await ended;
  return { exitCode, hookCode, tookMs: performance.now() - began, wasKilled: !inTime };
}

async function runHook(container: Container, command: readonly string[], graceMs: number): Promise<number | undefined> {
  // What kills the hook is the container's end, never its client's deadline.
  const hook = container.exec(command, { accept: Array.from({ length: 256 }, (_, code) => code), timeoutMs: 120_000 });
  hook.catch(() => undefined);
  return (await before(graceMs, hook)) ? (await hook).code : undefined;
}

async function before(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
