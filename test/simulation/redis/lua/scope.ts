/** The names of a block: each local variable gets a JavaScript name of its own. */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly #names = new Map<string, string>();
  readonly #counter: { next: number };
  /** Variables for intermediate results of the function that this block belongs to. */
  readonly temporaries: string[];

  constructor(parent?: Scope, isFunction = false) {
    this.#parent = parent;
    this.#counter = parent === undefined ? { next: 0 } : parent.#counter;
    this.temporaries = parent === undefined || isFunction ? [] : parent.temporaries;
  }

  /** Returns the JavaScript name of a new local variable. */
  declare(name: string): string {
    const javascript = this.fresh(name);
    this.#names.set(name, javascript);
    return javascript;
  }

  find(name: string): string | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name);
  }

  temporary(): string {
    const name = this.fresh("temporary");
    this.temporaries.push(name);
    return name;
  }

  fresh(name: string): string {
    return `${name}$${this.#counter.next++}`;
  }
}
