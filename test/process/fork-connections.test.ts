import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import test from "node:test";
import { eventually } from "../support/deadline.ts";
import { Peers } from "../support/fork-peers.ts";
import { endOf, forkedPids, runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";
import { freePort } from "../support/redis.ts";

const workers = 3;

for (const { version, path, missing } of testedNodes()) {
  const options = { skip: missing ?? false };

  test(
    `Node ${version}: open connections end in each worker before it runs, and stay intact in the template`,
    options,
    async () => {
      await using peers = await Peers.start();
      const lines = await runScenario(path, "connections", JSON.stringify(peers.places), String(workers));
      assert.deepEqual(
        forkedPids(lines).map((pid) => endOf(lines, pid)),
        Array.from({ length: workers }, () => ({ exitCode: 0 })),
      );
      // One connection each: the template's. Nothing that a worker wrote has reached a server.
      for (const protocol of ["tcp", "unix", "tls"])
        assert.deepEqual(peers.received.get(protocol), ["template;again;"], protocol);
      const [template] = told(lines, "template");
      assert.equal(template?.["heard"], "over HTTP/2");
      for (const { ended, forgiven, index } of told(lines, "worker")) {
        assert.equal(ended, 4);
        assert.deepEqual(forgiven, ["EPIPE", "EPIPE", "EPIPE"], `worker ${String(index)}: what it wrote itself`);
      }
      assert.equal(told(lines, "worker").length, workers);
      await eventually(30_000, "the end of all connections", () => peers.open === 0);
    },
  );

  test(`Node ${version}: datagram sockets become each worker's own`, options, async () => {
    await using peers = await Peers.start();
    const lines = await runScenario(path, "connections", JSON.stringify(peers.places), String(workers));
    const [template] = told(lines, "template");
    const [again] = told(lines, "template again");
    for (const socket of ["loose", "connected"]) {
      const portOf = (line: Record<string, unknown> | undefined, who: string) => {
        const heard = new RegExp(`^${who} from (\\d+)$`).exec(String(line?.[socket]));
        assert.ok(heard, `${socket}: ${String(line?.[socket])}`);
        return Number(heard[1]);
      };
      const own = portOf(template, "template");
      assert.equal(portOf(again, "again"), own, "the template's own socket has not changed");
      const ports = told(lines, "worker").map((line) => portOf(line, `worker ${String(line["index"])}`));
      assert.equal(
        new Set([own, ...ports]).size,
        workers + 1,
        `each has a port of its own: ${own}, ${ports.join(", ")}`,
      );
    }
  });

  test(`Node ${version}: an error that only reports such an end is forgiven, and no other`, options, async () => {
    const server = net.createServer((socket) =>
      socket.on("data", () => socket.resetAndDestroy()).on("error", () => undefined),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as net.AddressInfo;
      const lines = await runScenario(path, "ended-errors", String(port), String(await freePort()));
      const outcomeOf = (way: string) => {
        const pid = told(lines, "began").find((line) => line["way"] === way)?.["pid"];
        return { exit: endOf(lines, pid as number), forgiven: told(lines, way).map((line) => line["forgiven"]) };
      };
      const terminated = "Connection terminated unexpectedly";
      const fine = (...forgiven: string[]) => ({ exit: { exitCode: 0 }, forgiven });
      const fatal = { exit: { exitCode: 1 }, forgiven: [] };
      assert.deepEqual(outcomeOf("emits an error that nobody hears"), fine(terminated));
      assert.equal(told(lines, "went on after the error").length, 1);
      assert.deepEqual(outcomeOf("rejects a promise that nobody awaits"), fine("Connection lost"));
      assert.deepEqual(outcomeOf("rejects such a promise of the template's"), fine("Connection lost"));
      assert.deepEqual(
        outcomeOf("exits when it hears the error"),
        fine("process.exit(9) because an inherited connection has ended"),
      );
      assert.deepEqual(outcomeOf("writes later to a connection that it does not read"), fine("write EPIPE"));
      assert.deepEqual(outcomeOf("emits an error some turns later"), fine("Connection lost"));
      assert.deepEqual(outcomeOf("has heard of every end").exit, { exitCode: 0 });
      assert.equal(told(lines, "no longer follows errors").length, 1);
      assert.deepEqual(outcomeOf("has a mistake in what it does then"), fatal);
      assert.deepEqual(outcomeOf("cannot connect again"), fatal);
      assert.deepEqual(outcomeOf("loses a connection of its own"), fatal);
      assert.deepEqual(outcomeOf("fails for a reason of its own"), fatal);
    } finally {
      server.close();
    }
  });
}
