import assert from "node:assert/strict";
import test from "node:test";
import { addressOf, describeSocket } from "../../../../src/engine/safety/sockets.ts";

test("addresses are read as the kernel writes them", () => {
  assert.equal(addressOf("0100007F:18EB"), "127.0.0.1:6379");
  assert.equal(addressOf("00000000:0000"), "0.0.0.0:0");
  assert.equal(addressOf("00000000000000000000000001000000:0050"), "[::1]:80");
  assert.equal(addressOf("00000000000000000000000000000000:0050"), "[::]:80");
  assert.equal(addressOf("0000000000000000FFFF00000100007F:18EB"), "[::ffff:127.0.0.1]:6379");
  assert.equal(addressOf("B80D0120000000000000000001000000:01BB"), "[2001:db8::1]:443");
});

test("a socket is named by what a person looks for", () => {
  const local = "127.0.0.1:80";
  assert.equal(describeSocket(undefined), "a socket");
  assert.equal(
    describeSocket({ protocol: "TCP", local, peer: "10.0.0.7:6379", listens: false }),
    "a TCP connection to 10.0.0.7:6379",
  );
  assert.equal(describeSocket({ protocol: "TCP", local, peer: "", listens: true }), "a server on TCP 127.0.0.1:80");
  assert.equal(describeSocket({ protocol: "UDP", local, peer: "", listens: false }), "a UDP socket on 127.0.0.1:80");
  const unix = { protocol: "unix", peer: "", listens: false } as const;
  assert.equal(describeSocket({ ...unix, local: "" }), "an unnamed unix socket");
  assert.equal(describeSocket({ ...unix, local: "@log" }), "a unix socket @log");
});
