import { setFlagsFromString } from "node:v8";

/** V8's default. A forked process inherits this with the flag. */
let isAllowed = true;

/**
 * From now on, V8 collects the old generation only when it is full, and then at once: it begins no incremental marking
 * (IncrementalMarking::CanBeStarted). Forked processes inherit this, and a marking that has begun, which each of them would end on its
 * own.
 */
export function preventMarking(): void {
  isAllowed = false;
  setFlagsFromString("--no-incremental-marking");
}

export function allowMarking(): void {
  isAllowed = true;
  setFlagsFromString("--incremental-marking");
}

/** Runs a function while V8 begins no incremental marking. Afterwards it may if it could before. */
export function withoutMarking(run: () => void): void {
  const wasAllowed = isAllowed;
  preventMarking();
  try {
    run();
  } finally {
    if (wasAllowed) allowMarking();
  }
}
