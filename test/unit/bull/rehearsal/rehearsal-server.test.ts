import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { rehearsalServer } from "../../../../src/bull/rehearsal/rehearsal-server.ts";
import { within } from "../../../support/deadline.ts";

test("the server of the rehearsal answers QUIT, for which a worker that ends waits", async () => {
  const server = rehearsalServer();
  const client = Reflect.construct(Redis, [server.options]) as Redis;
  try {
    assert.equal(await within(5_000, () => "the answer to PING", client.ping()), "OK");
    assert.equal(await within(5_000, () => "the answer to QUIT", client.quit()), "OK");
  } finally {
    client.disconnect();
    server.close();
  }
});
