import { type AsyncHook, createHook, executionAsyncId } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { captureFrames, type Frame, framesOf } from "./frames.ts";
import { originOf } from "./origin-text.ts";

/** async_hooks' `type` of the handles that a fork shares, copies or loses. */
type HandleKind = "WORKER" | "FSEVENTWRAP" | "STATWATCHER" | "PROCESSWRAP";

interface Made {
  readonly type: string;
  readonly resource: WeakRef<Handle>;
  readonly stack: object;
  /** The async id whose callback created it. */
  readonly cause: number;
}

/** The internals of a Node handle. No public API shows its descriptor or thread. */
interface Handle {
  readonly fd?: number;
  /** Of a worker thread: -1 before it has started and after it has ended. */
  loopIdleTime?(): number;
}

/** A longer chain comes from a timer that keeps starting the next one. Its first links show the origin. */
const longestChain = 32;

const made = new Map<number, Made>();
let hook: AsyncHook | undefined;

/** Call it in the template before the application loads: records where each handle is created, for the fork check's messages. */
export function trackOrigins(): void {
  hook ??= createHook({
    init(id, type, _trigger, resource) {
      // Modules and awaits create thousands of promises, and V8 adds awaits to the stack by itself.
      if (type === "PROMISE") return;
      made.set(id, {
        type,
        resource: new WeakRef<Handle>(resource),
        stack: captureFrames(),
        cause: executionAsyncId(),
      });
    },
    trackPromises: false,
  });
  hook.enable();
}

/** Call it after the check, so that workers inherit neither the hook nor its records. */
export function forgetOrigins(): void {
  hook?.disable();
  hook = undefined;
  made.clear();
}

/** `, created by ioredis for bullmq at /app/queues.mjs:3`, or an empty string if the origin is not known. */
export function originOfFile(fd: number): string {
  for (const [id, { resource }] of made) if (resource.deref()?.fd === fd) return originOf(chainOf(id));
  return "";
}

/** The origin of each live handle. */
export function originsOfKind(kind: HandleKind): string[] {
  return living(kind).map((id) => originOf(chainOf(id)));
}

/** The application's child processes. Their standard streams may be open in this process. */
export function trackedProcesses(): { readonly process: ChildProcess; readonly origin: string }[] {
  return living("PROCESSWRAP").flatMap((id) => {
    const owner = ownerOf(made.get(id)?.resource.deref());
    return owner === undefined ? [] : [{ process: owner as ChildProcess, origin: originOf(chainOf(id)) }];
  });
}

function living(kind: HandleKind): number[] {
  return [...made.entries()]
    .filter(([, one]) => one.type === kind && lives(kind, one.resource.deref()))
    .map(([id]) => id);
}

function lives(kind: HandleKind, handle: Handle | undefined): boolean {
  if (handle === undefined) return false;
  return kind !== "WORKER" || handle.loopIdleTime?.() !== -1;
}

/** Nearest first: the frames of its creation, then those of the callback that it was created in, and so on. */
function chainOf(id: number): Frame[] {
  const frames: Frame[] = [];
  let at = made.get(id);
  for (let links = 0; at !== undefined && links < longestChain; links++) {
    frames.push(...framesOf(at.stack));
    at = made.get(at.cause);
  }
  return frames;
}

/** The public object that wraps a handle. */
function ownerOf(handle: object | undefined): unknown {
  if (handle === undefined) return undefined;
  const key = Object.getOwnPropertySymbols(handle).find(({ description }) => description === "owner_symbol");
  return key === undefined ? undefined : (handle as Record<symbol, unknown>)[key];
}
