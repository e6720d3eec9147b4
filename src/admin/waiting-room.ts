/** Who has connected, as the kernel says, and has not said yet what it wants. */
export interface Visitor {
  readonly pid: number;
  readonly uid: number;
}

/**
 * A limited number of places for connections that have not spoken. Nobody is refused while there is a place; when there is
 * none, the user that has taken most loses one, first of all a user whom nobody here runs as, and of that user the process
 * that has taken most. So no crowd keeps out those who come once and speak at once: our children and the subcommands.
 */
export class WaitingRoom<Guest extends Visitor> {
  readonly #places: number;
  readonly #isOurs: (uid: number) => boolean;
  /** In the order in which they came. */
  readonly #guests = new Set<Guest>();

  constructor(places: number, isOurs: (uid: number) => boolean) {
    this.#places = places;
    this.#isOurs = isOurs;
  }

  /** Who has to leave for it, perhaps the guest itself. */
  enter(guest: Guest): Guest | undefined {
    this.#guests.add(guest);
    if (this.#guests.size <= this.#places) return undefined;
    const out = this.#mostCrowding();
    this.#guests.delete(out);
    return out;
  }

  leave(guest: Guest): void {
    this.#guests.delete(guest);
  }

  #mostCrowding(): Guest {
    const all = [...this.#guests];
    const strangers = all.filter(({ uid }) => !this.#isOurs(uid));
    const sameUser = largest(strangers.length > 0 ? strangers : all, ({ uid }) => uid);
    const [oldest] = largest(sameUser, ({ pid }) => pid);
    return oldest as Guest;
  }
}

function largest<Guest>(guests: readonly Guest[], keyOf: (guest: Guest) => number): readonly Guest[] {
  const groups = [...Map.groupBy(guests, keyOf).values()];
  return groups.reduce((most, group) => (group.length > most.length ? group : most), []);
}
