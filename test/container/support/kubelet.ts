import type { Container } from "./container.ts";
import type { Engine } from "./engine.ts";

export interface Pod {
  /** The command in lifecycle.preStop.exec. */
  readonly preStop?: readonly string[];
  /** terminationGracePeriodSeconds. */
  readonly graceMs: number;
}

export interface Terminated {
  readonly exitCode: number;
  /** The hook's exit code; undefined if there is no hook, or if it was abandoned when the grace period ended. */
  readonly hookCode: number | undefined;
  /** From the order to delete the pod until the container's end. */
  readonly tookMs: number;
  /** Whether the engine killed it at the end. */
  readonly wasKilled: boolean;
}

/** The runtime gets at least this much time, however little of the grace period is left when the hook has returned. */
const leastAfterHookMs = 2_000;

/**
 * Ends a container as the kubelet does: the grace period begins with the order; the preStop hook runs in the container as its
 * user; when the hook has returned or the grace period has ended, the runtime sends the stop signal, and KILL at the end.
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
  // The container's end kills the hook, never the deadline of the hook's client.
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
