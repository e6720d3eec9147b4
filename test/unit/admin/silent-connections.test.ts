import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sharesOf } from "../../../src/admin/descriptor-shares.ts";
import { SilentConnections, type SilentPeer } from "../../../src/admin/silent-connections.ts";

const root = 0;
const nobody = 65_534;
const stranger = 1_234;

/** Each connects in this order. Returns the connections that were closed. */
function leaving(places: number, peers: readonly SilentPeer[]): SilentPeer[] {
  const silent = new SilentConnections(places, (uid) => uid !== stranger);
  return peers.flatMap((connection) => silent.add(connection) ?? []);
}

function connections(count: number, peer: SilentPeer): SilentPeer[] {
  return Array.from({ length: count }, () => ({ ...peer }));
}

describe("connections that have not spoken", () => {
  test("all stay while there is room", () => {
    assert.deepEqual(leaving(3, connections(3, { pid: 1, uid: stranger })), []);
  });

  test("of strangers are closed before any of forker's, even if they are fewer", () => {
    const ours = connections(3, { pid: 1, uid: nobody });
    const others = connections(2, { pid: 2, uid: stranger });
    assert.deepEqual(leaving(4, [...others, ...ours]), [others[0]]);
    assert.deepEqual(leaving(3, [...ours, ...others]), others);
  });

  test("of the user with the most are closed next", () => {
    const crowd = connections(5, { pid: 1, uid: nobody });
    const subcommands = connections(3, { pid: 2, uid: root });
    assert.deepEqual(leaving(5, [...crowd, ...subcommands]), crowd.slice(0, 3));
  });

  test("of the process with the most are closed next, oldest first, and a process with one keeps it", () => {
    const worker = { pid: 7, uid: nobody };
    const crowd = connections(100, { pid: 1, uid: nobody });
    const left = leaving(4, [...crowd.slice(0, 50), worker, ...crowd.slice(50)]);
    assert.equal(left.length, 97);
    assert.equal(left.includes(worker), false);
    assert.deepEqual(left, crowd.slice(0, 97));
  });

  test("do not include one that has spoken since", () => {
    const silent = new SilentConnections(1, () => true);
    const [first, second, third] = connections(3, { pid: 1, uid: root }) as [SilentPeer, SilentPeer, SilentPeer];
    silent.add(first);
    silent.remove(first);
    assert.equal(silent.add(second), undefined);
    assert.equal(silent.add(third), second);
  });
});

describe("the shares of RLIMIT_NOFILE", () => {
  test("leave at least half to the workers' channels and to init's own files", () => {
    for (const limit of [16, 64, 256, 1_024, 4_096, 20_000, 1_048_576, Infinity]) {
      const { silent, asking, http } = sharesOf(limit);
      assert.ok(silent + asking + http <= limit / 2, `${limit}`);
      assert.ok(Math.min(silent, asking, http) >= 1, `${limit}`);
    }
  });

  test("are never more than anybody needs", () => {
    assert.deepEqual(sharesOf(Infinity), { silent: 1_024, asking: 256, http: 200 });
  });
});
