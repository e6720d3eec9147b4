import { type AsyncHook, createHook, executionAsyncId } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { captureFrames, type Frame, framesOf } from "./frames.ts";
import { originOf } from "./origin-text.ts";

/** What Node makes of a handle that a fork shares, copies or misses (async_hooks' `type`). */
type HandleKind = "WORKER" | "Timeout" | "FSEVENTWRAP" | "STATWATCHER" | "PROCESSWRAP";

interface Made {
  readonly type: string;
  readonly resource: WeakRef<Handle>;
  readonly stack: object;
  /** In whose callback it was made. */
  readonly cause: number;
}

/** The inside of a handle of Node's: no public word tells which descriptor or thread it has. */
interface Handle {
  readonly fd?: number;
  readonly _destroyed?: boolean;
  hasRef?(): boolean;
  /** A worker thread's: -1 before it has begun, and once it has ended. */
  loopIdleTime?(): number;
}

/** A chain longer than this is a loop of timers, and its head is where it was made. */
const longestChain = 32;

const made = new Map<number, Made>();
let hook: AsyncHook | undefined;

/** In the template, before the application loads: remembers where each handle is made, for the messages of the check. */
export function trackOrigins(): void {
  hook ??= createHook({
    init(id, type, _trigger, resource) {
      // Modules and awaits make thousands, and V8 writes the awaits into the stack by itself.
      if (type === "PROMISE") return;
      made.set(id, {
        type,
        resource: new WeakRef<Handle>(resource),
        stack: captureFrames(),
        cause: executionAsyncId(),
      });
    },
  });
  hook.enable();
}

/** After the check: nothing of it may stay on in the workers, or in the heap that they share. */
export function forgetOrigins(): void {
  hook?.disable();
  hook = undefined;
  made.clear();
}

/** `, made by ioredis for bullmq at /app/queues.mjs:3`, or nothing where it is not known. */
export function originOfFile(fd: number): string {
  for (const [id, { resource }] of made) if (resource.deref()?.fd === fd) return originOf(chainOf(id));
  return "";
}

/** One for each that lives. */
export function originsOfKind(kind: HandleKind): string[] {
  return living(kind).map((id) => originOf(chainOf(id)));
}

/** Those that the application spawned, whose standard streams may be open here. */
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
  if (kind === "Timeout") return handle._destroyed === false && handle.hasRef?.() === true;
  return kind !== "WORKER" || handle.loopIdleTime?.() !== -1;
}

/** Nearest first: its own frames, then those in whose callback it was made, and so on. */
function chainOf(id: number): Frame[] {
  const frames: Frame[] = [];
  let at = made.get(id);
  for (let links = 0; at !== undefined && links < longestChain; links++) {
    frames.push(...framesOf(at.stack));
    at = made.get(at.cause);
  }
  return frames;
}

/** The object that Node's users see of a handle. */
function ownerOf(handle: object | undefined): unknown {
  if (handle === undefined) return undefined;
  const key = Object.getOwnPropertySymbols(handle).find(({ description }) => description === "owner_symbol");
  return key === undefined ? undefined : (handle as Record<symbol, unknown>)[key];
}
