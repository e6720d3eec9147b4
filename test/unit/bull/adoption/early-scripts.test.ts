import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { before, describe, test } from "node:test";
import { adoptClass } from "../../../../src/bull/adoption/adopt-class.ts";
import { AdoptedWorkers } from "../../../../src/bull/adoption/adopted-workers.ts";
import { type BullModules, connectionModule, workerModule } from "../../../../src/bull/library/worker-parts.ts";
import { parkClients, stopParking } from "../../../../src/bull/parking/parked-clients.ts";
import { supportedBulls } from "../../../support/bull-versions.ts";

interface Connected {
  readonly _client: { readonly scriptsSet: Readonly<Record<string, object>> };
}

const load = createRequire(import.meta.url);
/** Nobody listens there. */
const connection = { port: 1, retryStrategy: () => null };
/** A script of every version. */
const ofEach = /^addStandardJob|^addJob/;

describe("the scripts of a Queue", () => {
  before(() => parkClients());

  const queueOf = (folder: string) => {
    const { Queue } = load(folder) as typeof import("bullmq");
    const queue = new Queue("mail", { connection });
    queue.on("error", () => undefined);
    const { connection: own, backend } = queue as unknown as {
      connection?: Connected;
      backend?: { connection: Connected };
    };
    const { scriptsSet } = (own ?? backend?.connection)?._client ?? assert.fail("the Queue has no connection");
    return Object.entries(scriptsSet).filter(([name]) => ofEach.test(name));
  };

  for (const { folder, version } of supportedBulls)
    test(`are defined while its client is parked, once for all Queues: ${version.text}`, () => {
      const mainFile = load.resolve(folder);
      const moduleOf = (file: string) => load(path.join(path.dirname(mainFile), file)) as never;
      const modules: BullModules = { worker: moduleOf(workerModule), connection: moduleOf(connectionModule) };
      adoptClass({ kind: "package", modules, mainFile }, new AdoptedWorkers());
      const first = queueOf(folder);
      assert.ok(first.length > 0);
      for (const [index, [name, script]] of queueOf(folder).entries()) {
        assert.equal(name, first[index]?.[0]);
        assert.equal(script, first[index]?.[1]);
      }
    });

  test("wait for the connection when clients are no longer parked", () => {
    stopParking();
    for (const { folder } of supportedBulls) assert.deepEqual(queueOf(folder), []);
  });
});
