import { type AsyncHook, AsyncResource, createHook, executionAsyncId, executionAsyncResource } from "node:async_hooks";

/** What runs soon because of the code that created it. A timer, a new connection and a look-up of a name are new beginnings. */
const carriers: ReadonlySet<string> = new Set(["TickObject", "Immediate", "Microtask", "WRITEWRAP", "SHUTDOWNWRAP"]);

/** The internals of a handle of Node's. */
export interface Handle {
  readonly fd?: unknown;
  readonly _parent?: Handle | null;
  getAsyncId?(): number;
}

/** Says which callbacks run only because inherited connections have ended. */
export class Consequences {
  readonly #ended: ReadonlySet<number>;
  /** Handles that are older have lower numbers. A newer one may use the same descriptor. */
  readonly #newestInherited = new AsyncResource("FORKER").asyncId();
  /** Callbacks that are consequences, and promises that were settled by one. */
  readonly #asyncIds = new Set<number>();
  readonly #settled = new Set<number>();
  /** Callbacks that are consequences, and have not begun. A promise's reactions run in the turn that settles it. */
  readonly #awaited = new Set<number>();
  /** A reaction runs because of what has settled the promise before it, or, if that was settled already, of what has added it. */
  readonly #reactions = new Map<
    number,
    { readonly of: number; readonly wasSettled: boolean; readonly isAddedByOne: boolean }
  >();
  readonly #hook: AsyncHook;

  constructor(ended: readonly number[]) {
    this.#ended = new Set(ended);
    this.#hook = createHook({
      init: (id, type, of) => this.#created(id, type, of),
      before: (id) => this.#begins(id),
      promiseResolve: (id) => {
        this.#settled.add(id);
        if (this.areRunning) this.#asyncIds.add(id);
        else this.#asyncIds.delete(id);
      },
    }).enable();
  }

  get areRunning(): boolean {
    return this.#asyncIds.has(executionAsyncId());
  }

  /** Whether nothing is left that runs only because of what has happened so far. */
  get haveRun(): boolean {
    return this.#awaited.size === 0;
  }

  /** Whether this is the handle of an inherited connection, and still open. */
  isEnded(handle: Handle, id = handle.getAsyncId?.()): boolean {
    if (id === undefined || id > this.#newestInherited) return false;
    return typeof handle.fd === "number" && this.#ended.has(handle.fd);
  }

  /** From now on, callbacks of this handle are consequences, and those of the handle below it, which TLS uses. */
  follow(handle: Handle): void {
    for (let at: Handle | null | undefined = handle; at; at = at._parent) {
      const id = at.getAsyncId?.();
      if (id !== undefined) this.#asyncIds.add(id);
    }
  }

  /** It costs time to follow every promise. */
  stopFollowing(): void {
    this.#hook.disable();
    this.#asyncIds.clear();
    this.#settled.clear();
    this.#reactions.clear();
  }

  #created(id: number, type: string, of: number): void {
    if (type === "PROMISE")
      this.#reactions.set(id, { of, wasSettled: this.#settled.has(of), isAddedByOne: this.areRunning });
    else if (carriers.has(type) && (this.areRunning || this.#asyncIds.has(of))) {
      this.#asyncIds.add(id);
      this.#awaited.add(id);
    }
  }

  #begins(id: number): void {
    this.#awaited.delete(id);
    const reaction = this.#reactions.get(id);
    if (reaction === undefined) {
      const resource: Handle = executionAsyncResource();
      if (this.isEnded(resource, id)) this.follow(resource);
    } else if (reaction.wasSettled ? reaction.isAddedByOne : this.#asyncIds.has(reaction.of)) this.#asyncIds.add(id);
  }
}
