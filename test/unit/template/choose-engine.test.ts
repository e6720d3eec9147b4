import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { pino } from "pino";
import { isolationBy } from "../../../src/app/isolation.ts";
import type { Settings } from "../../../src/config/settings.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { chooseEngine, engineDespite, rehearseStart } from "../../../src/template/choose-engine.ts";
import { defaultSettings } from "../../support/worker-harness.ts";

const rehearse = () => Promise.resolve("done" as const);
const log = pino({ level: "silent" });
const channel = { socket: new net.Socket(), abandon: () => assert.fail("nothing is forked here") };
/** Node cannot be forked with the flags that the test runner passes to this process. */
const { execArgv } = process;

const choose = async (
  settings: Partial<Settings>,
  given: { readonly hasOnlyAdopted?: boolean; readonly asker?: string } = {},
) => {
  const { asker, ...own } = given;
  const application = { ...own, isolation: { ...isolationBy({ processors: {} }), asker } };
  return await chooseEngine({
    settings: { ...defaultSettings, forkCheck: "error", ...settings },
    application,
    channel,
    log,
    isReplacement: false,
    rehearse,
    triesOn: () => {},
  });
};

async function refusal(...given: Parameters<typeof choose>): Promise<[code: string, exit: string, message: string]> {
  try {
    return assert.fail(JSON.stringify(await choose(...given)));
  } catch (cause) {
    if (!(cause instanceof ForkerError)) throw cause;
    return [cause.code, cause.exit, cause.message];
  }
}

async function listen(context: TestContext): Promise<void> {
  const server = net.createServer().listen(0, "127.0.0.1");
  context.after(() => server.close());
  await once(server, "listening");
}

async function startThread(context: TestContext): Promise<void> {
  const thread = new Worker("setInterval(() => {}, 60_000)", { eval: true });
  context.after(async () => await thread.terminate());
  await once(thread, "online");
}

describe("the engine of a template", () => {
  beforeEach(() => {
    process.execArgv = [];
  });
  afterEach(() => {
    process.execArgv = execArgv;
  });

  test("is spawn if that is requested, with init's reason and without a look at the process", async (context) => {
    await listen(context);
    assert.deepEqual(await choose({ engine: "spawn" }), { engine: "spawn", reason: undefined });
    const spawnReason = "the fork trial failed";
    assert.deepEqual(await choose({ engine: "spawn", spawnReason }), { engine: "spawn", reason: spawnReason });
  });

  test("falls back to spawn with the reason, and fails with it if fork is requested, if Node cannot be forked", async () => {
    process.execArgv = ["--cpu-prof"];
    const reason = "Node was started with --cpu-prof: a profile would mix the samples of several processes";
    assert.deepEqual(await choose({ engine: "auto" }), { engine: "spawn", reason });
    const message = `FORKER_ENGINE=fork: this process cannot be forked: ${reason}; FORKER_ENGINE=auto falls back to spawn`;
    assert.deepEqual(await refusal({ engine: "fork" }), ["ERR_FORKER_ENGINE", "bootFailure", message]);
  });

  test("falls back to spawn, and fails if fork is requested, for a thread of the application", async (context) => {
    await startThread(context);
    const { engine, reason = "" } = await choose({ engine: "auto" });
    assert.equal(engine, "spawn");
    assert.match(reason, /thread.*: /);
    const [code, exit, message] = await refusal({ engine: "fork" });
    assert.deepEqual([code, exit], ["ERR_FORKER_ENGINE", "bootFailure"]);
    assert.ok(message.includes(reason), message);
  });

  test("fails if setup() left a socket open, with every requested engine except spawn", async (context) => {
    await listen(context);
    for (const engine of ["auto", "fork"] as const) {
      const [code, exit, message] = await refusal({ engine });
      assert.deepEqual([code, exit], ["ERR_FORKER_UNSAFE", "bootFailure"]);
      assert.match(
        message,
        /^the application left open .*127\.0\.0\.1:\d+.*: .* \(FORKER_FORK_CHECK=warn allows it\)$/,
      );
    }
  });

  test("names what an application with only Workers of its own can do, which has no hooks", async (context) => {
    await listen(context);
    const [, , message] = await refusal({ engine: "auto" }, { hasOnlyAdopted: true });
    assert.match(message, /: listen after `await ready\(\)` of bullmq-forker \(FORKER/);
    await startThread(context);
    const { reason = "" } = await choose({ engine: "auto" }, { hasOnlyAdopted: true });
    assert.match(reason, /: start it after `await ready\(\)` of bullmq-forker$/);
  });
});

describe("the engine on a machine that is too busy for a trial fork", () => {
  const reason =
    'the canary failed: it did not end within 2m, during "startup": it waited for a processor for 97 % of that time';
  const busy = (given: {
    readonly asker?: string;
    readonly isReplacement?: boolean;
    readonly engine?: "auto" | "fork";
  }) => {
    const { asker, isReplacement = false, engine = "auto" } = given;
    const application = { isolation: { ...isolationBy({ processors: {} }), asker } };
    return engineDespite(
      { reason, passes: true },
      { settings: { ...defaultSettings, engine }, application, isReplacement },
    );
  };

  test("is spawn at the first load, with that reason", () => {
    assert.deepEqual(busy({}), { engine: "spawn", reason });
  });

  test("stays fork for a generation that has forked: init tries again", () => {
    assert.throws(() => busy({ isReplacement: true }), {
      code: "ERR_FORKER_BUSY",
      message: /^the machine is too busy to fork workers: .*97 %/,
    });
  });

  test("is not the fault of the isolation", () => {
    assert.throws(() => busy({ asker: 'isolation: "job"' }), {
      code: "ERR_FORKER_BUSY",
      message: /^the machine is too busy to fork workers \(isolation: "job" needs the fork\): .*97 %/,
    });
  });
});

describe("a rehearsal that fails", () => {
  const warned = async (how: () => Promise<"done" | "late">) => {
    const lines: string[] = [];
    await rehearseStart({ rehearse: how, log: pino({ level: "info" }, { write: (line) => void lines.push(line) }) });
    return lines
      .map((line) => JSON.parse(line) as { level: number; cause: string })
      .map(({ level, cause }) => [level, cause]);
  };

  test("is logged as a warning with its cause, and workers are forked all the same", async () => {
    assert.deepEqual(await warned(() => Promise.reject(new Error("no such command"))), [[40, "no such command"]]);
    assert.deepEqual(await warned(() => Promise.resolve("late")), [[40, "it did not end in time"]]);
    assert.deepEqual(await warned(() => Promise.resolve("done")), []);
  });
});
