/** A client that has connected, as the kernel identifies it, and has not sent its first line yet. */
export interface Visitor {
  readonly pid: number;
  readonly uid: number;
}

/**
 * A limited number of places for connections that have not sent anything yet. Nobody is refused while there is a free place.
 * When there is none, the user with the most places loses one (first among users that none of our processes runs as), and of that
 * user the process with the most places. So a flood cannot keep out our children and subcommands, which send at once.
 */
export class WaitingRoom<Guest extends Visitor> {
  readonly #places: number;
  readonly #isOurs: (uid: number) => boolean;
  /** In order of arrival. */
  readonly #guests = new Set<Guest>();

  constructor(places: number, isOurs: (uid: number) => boolean) {
    this.#places = places;
    this.#isOurs = isOurs;
  }

  /** Returns the guest that has to leave in exchange, perhaps the new one itself. */
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
