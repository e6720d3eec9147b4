import EventEmitter from "node:events";

/** The constructor of every emitter calls EventEmitter.init, which node:domain replaces, too. */
const emitters = EventEmitter as unknown as { init: (this: object, options?: unknown) => void };

type Listener = (emitter: object) => void;

const listeners = new Set<Listener>();

/**
 * Calls the listener for every emitter that is created from now on, at the beginning of its constructor: its class is known, and
 * what its constructor will do is still open.
 */
export function watchNewEmitters(listener: Listener): void {
  listeners.add(listener);
  if (listeners.size > 1) return;
  const { init } = emitters;
  emitters.init = function initWatched(options) {
    for (const one of listeners) one(this);
    init.call(this, options);
  };
}
