import { formatDuration } from "../../config/duration.ts";
import { hasFailedIn } from "../connections/attempts.ts";
import type { Turn } from "../progress/turns.ts";
import { isOwn, originOf, packageOf } from "../safety/origin-text.ts";
import { hasFired } from "./template-timers.ts";
import { creatorsOf, livingTimers, loopTime, type Timer, turnOf } from "./timer-records.ts";

/** A timer of the application that has not fired. */
export interface PendingTimer {
  readonly timer: Timer;
  readonly turn: Turn;
  /** It keeps the process alive. */
  readonly isReferenced: boolean;
  readonly fires: "once" | "repeatedly";
  /** It was set when an attempt to connect had failed. */
  readonly isRetry: boolean;
  readonly delayMs: number;
  readonly dueInMs: number;
}

interface Creator {
  readonly isApplication: boolean;
  readonly isOneShot: boolean;
}

const creators = new WeakMap<Timer, Creator>();

/** Empty without trackTimers. */
export function pendingTimers(): PendingTimer[] {
  const now = loopTime();
  return ofApplication().flatMap((timer) => {
    const turn = turnOf(timer);
    const { _idleStart: start = Number.NaN, _idleTimeout: delayMs = Number.NaN } = timer;
    if (turn === undefined || hasFired(timer) || delayMs < 0) return [];
    return {
      timer,
      turn,
      isReferenced: timer.hasRef(),
      fires: timer._repeat === null || creatorOf(timer).isOneShot ? "once" : "repeatedly",
      isRetry: hasFailedIn(turn),
      delayMs,
      dueInMs: start + delayMs - now,
    };
  });
}

/** For people, those that keep the process alive: `a timer of 3s, created by rxjs at /app/main.js:12`. */
export function describeTimers(): string[] {
  const referenced = ofApplication().filter((timer) => timer.hasRef());
  return referenced.map((timer) => {
    const kind = timer._repeat === null || creatorOf(timer).isOneShot ? "a timer" : "an interval";
    return `${kind} of ${formatDuration(timer._idleTimeout ?? 0)}${originOf(creatorsOf(timer) ?? [])}`;
  });
}

function ofApplication(): Timer[] {
  return livingTimers().filter((timer) => creatorOf(timer).isApplication);
}

/** rxjs makes a delay of an interval, which it clears when it has fired. */
function creatorOf(timer: Timer): Creator {
  const known = creators.get(timer);
  if (known !== undefined) return known;
  const [nearest] = creatorsOf(timer) ?? [];
  const creator = {
    isApplication: nearest !== undefined && !isOwn(nearest.file),
    isOneShot: nearest !== undefined && packageOf(nearest.file) === "rxjs",
  };
  creators.set(timer, creator);
  return creator;
}
