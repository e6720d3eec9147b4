import EventEmitter from "node:events";
import net from "node:net";
import { Consequences, type Handle } from "./consequences.ts";
import { openEnds } from "./ends-noticed.ts";
import { ForgivenErrors } from "./forgiven-errors.ts";

/** A client that does not read its connection notices the end when it writes to it, if ever. */
const followMs = 1_000;
/** A handle that has no descriptor any more calls its client back in this turn or the next. */
const quietTurns = 3;
const turnsWithoutPause = 20;
const lookMs = 10;

type Emit = (this: object, name: string | symbol, ...args: unknown[]) => boolean;
type Destroy = (this: { readonly _handle?: Handle | null }, error: Error | null | undefined, done: () => void) => void;
type Exit = (this: NodeJS.Process, code?: number | string | null) => never;

/**
 * Call it in a forked child, before its event loop turns. An error that says only that an inherited connection has ended does not
 * end this process, whether nobody listens or a listener calls process.exit(): `report` is called instead. All other errors have
 * their usual effect, and so does the same error about a connection that this process has opened.
 */
export function forgiveEnds(ended: readonly number[], report: (error: unknown) => void): void {
  if (ended.length === 0) return;
  const consequences = new Consequences(ended);
  const errors = new ForgivenErrors(consequences, report);
  markSocketErrors(consequences, errors);
  ignoreForgiven(errors);
  const undo = [hearErrors(consequences, errors), refuseExit(consequences, errors)];
  const areOpen = openEnds(ended);
  whenOver(
    () => consequences.haveRun && !areOpen(),
    () => {
      for (const restore of undo) restore();
      consequences.stopFollowing();
    },
  );
}

/** Calls `stop` some turns after the end, or at the limit. */
function whenOver(isOver: () => boolean, stop: () => void): void {
  const until = performance.now() + followMs;
  let quiet = 0;
  let turns = 0;
  const look = () => {
    quiet = isOver() ? quiet + 1 : 0;
    if (quiet === quietTurns || performance.now() >= until) stop();
    else if (quiet > 0 || turns++ < turnsWithoutPause) setImmediate(look);
    else setTimeout(look, lookMs).unref();
  };
  setImmediate(look);
}

/** A connection that its client does not read ends at the first write, whenever that is. A closed handle has no descriptor. */
function markSocketErrors(consequences: Consequences, errors: ForgivenErrors): void {
  const sockets = net.Socket.prototype as unknown as { _destroy: Destroy };
  const { _destroy: destroy } = sockets;
  sockets._destroy = function markAndDestroy(error, done) {
    if (this._handle && consequences.isEnded(this._handle)) {
      consequences.follow(this._handle);
      if (error) errors.mark(error);
    }
    destroy.call(this, error, done);
  };
}

/** An emitter that nobody listens to throws, and that would leave its client half closed. */
function hearErrors(consequences: Consequences, errors: ForgivenErrors): () => void {
  const emitters = EventEmitter.prototype as unknown as { emit: Emit };
  const { emit } = emitters;
  const hear: Emit = function (name, ...args) {
    if (name !== "error" || !consequences.areRunning) return emit.call(this, name, ...args);
    const [error] = args;
    errors.mark(error);
    try {
      return emit.call(this, name, ...args);
    } catch (thrown) {
      // This includes a listener that passes it on to another emitter, by an emit() that it has bound before.
      if (thrown !== error) throw thrown;
      errors.forgive(error);
      return false;
    }
  };
  emitters.emit = hear;
  return () => {
    if (emitters.emit === hear) emitters.emit = emit;
  };
}

/** pg's documentation recommends to exit when an idle client of a pool reports an error. */
function refuseExit(consequences: Consequences, errors: ForgivenErrors): () => void {
  const owner = process as unknown as { exit: Exit };
  const { exit } = owner;
  const refuse: Exit = (code) => {
    if (!consequences.areRunning) return exit.call(process, code);
    const refusal = new Error(`process.exit(${code ?? ""}) because an inherited connection has ended`);
    errors.mark(refusal);
    errors.forgive(refusal);
    // The caller does not expect to continue.
    throw refusal;
  };
  owner.exit = refuse;
  return () => {
    if (owner.exit === refuse) owner.exit = exit;
  };
}

const fatal: ReadonlySet<unknown> = new Set(["uncaughtExceptionMonitor", "uncaughtException", "unhandledRejection"]);

/**
 * Node asks process.emit whether anybody handles an error. A listener would have to handle all errors. Libraries such as signal-exit
 * replace the function, and call the one that they found when they were loaded, so whatever replaces it is wrapped, too.
 */
function ignoreForgiven(errors: ForgivenErrors): void {
  const wrap = (emit: Emit): Emit =>
    function emitUnlessForgiven(name, ...args) {
      if (!fatal.has(name) || !errors.isForgiven(args[0])) return emit.call(this, name, ...args);
      errors.forgive(args[0]);
      return true;
    };
  let emit = wrap((process as unknown as { readonly emit: Emit }).emit);
  const set = (next: Emit) => {
    emit = wrap(next);
  };
  Object.defineProperty(process, "emit", { get: () => emit, set, configurable: true, enumerable: true });
}
