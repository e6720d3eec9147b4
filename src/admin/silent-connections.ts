/** A client that has connected, as the kernel identifies it, and has not sent its first line yet. */
export interface SilentPeer {
  readonly pid: number;
  readonly uid: number;
}

/**
 * A limited number of places for connections that have not sent anything yet. Nobody is refused while there is a free place.
 * When there is none, the user with the most places loses one (first among users that no process of forker runs as), and of that
 * user the process with the most places. So a flood cannot keep out forker's children and subcommands, which send at once.
 */
export class SilentConnections<SilentConnection extends SilentPeer> {
  readonly #places: number;
  readonly #isOurs: (uid: number) => boolean;
  /** In order of arrival. */
  readonly #connections = new Set<SilentConnection>();

  constructor(places: number, isOurs: (uid: number) => boolean) {
    this.#places = places;
    this.#isOurs = isOurs;
  }

  /** Returns the guest that has to leave in exchange, perhaps the new one itself. */
  add(connection: SilentConnection): SilentConnection | undefined {
    this.#connections.add(connection);
    if (this.#connections.size <= this.#places) return undefined;
    const out = this.#mostCrowding();
    this.#connections.delete(out);
    return out;
  }

  remove(connection: SilentConnection): void {
    this.#connections.delete(connection);
  }

  #mostCrowding(): SilentConnection {
    const all = [...this.#connections];
    const strangers = all.filter(({ uid }) => !this.#isOurs(uid));
    const sameUser = largest(strangers.length > 0 ? strangers : all, ({ uid }) => uid);
    const [oldest] = largest(sameUser, ({ pid }) => pid);
    return oldest as SilentConnection;
  }
}

function largest<SilentConnection>(
  connections: readonly SilentConnection[],
  keyOf: (connection: SilentConnection) => number,
): readonly SilentConnection[] {
  const groups = [...Map.groupBy(connections, keyOf).values()];
  return groups.reduce((most, group) => (group.length > most.length ? group : most), []);
}
