import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import type { Application } from "../../../src/app/application.ts";
import { loadApplication } from "../../../src/app/load.ts";
import { readSettings } from "../../../src/config/read-settings.ts";
import type { Settings } from "../../../src/config/settings.ts";
import { formatWorkerSpec } from "../../../src/config/workload.ts";
import type { ExitName } from "../../../src/exit/exit-codes.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/apps/", import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), "forker-load-"));
after(() => rmSync(folder, { recursive: true }));
const silent = pino({ level: "silent" });
const { signal } = new AbortController();

function settingsOf(appPath: string, env: NodeJS.ProcessEnv = {}): Settings {
  const read = readSettings(env, appPath);
  assert.ok("settings" in read);
  return read.settings;
}

function load(appPath: string, env: NodeJS.ProcessEnv = {}): Promise<Application> {
  return loadApplication(settingsOf(appPath, env), 7, silent);
}

writeFileSync(path.join(folder, "broken.mjs"), "const a = 1;\n\nconst const = 2;\n");

let files = 0;
/** A new file, because a module is loaded but once. */
function write(text: string, extension = "mjs"): string {
  const file = path.join(folder, `app-${++files}.${extension}`);
  writeFileSync(file, text);
  return file;
}

function shape({ config }: Application): string[] {
  return config.workload.map(formatWorkerSpec);
}

describe("an application", () => {
  test("loads with every property set", async () => {
    const application = await load(path.join(fixtures, "whole.mjs"));
    assert.equal(application.path, path.join(fixtures, "whole.mjs"));
    assert.deepEqual(shape(application), ["import", "mail-a,import", "* @5"]);
    const { workload: _, ...config } = application.config;
    assert.deepEqual(config, {
      user: { user: "www-data", group: 33 },
      queueDiscoveryIntervalMs: 500,
      logger: undefined,
      verbose: true,
      timeLimits: [],
      redis: { connection: { host: "redis", port: 6380 }, prefix: "shop" },
    });
    const { calls } = (await import(path.join(fixtures, "whole.mjs"))) as { calls: string[] };
    const { hooks } = application;
    assert.deepEqual(hooks.has, {
      afterFork: true,
      beforePerform: true,
      afterPerform: true,
      onFailure: true,
      teardown: true,
    });
    await hooks.warmup();
    await hooks.afterFork({ slot: 2, generation: 7, queues: ["*"], concurrency: 1 });
    await hooks.beforePerform({ id: "1" });
    await hooks.afterPerform({ id: "1" }, "done");
    await hooks.onFailure({ id: "2" }, new Error("broken"));
    await hooks.teardown({ role: "template", generation: 1 });
    assert.deepEqual(calls, [
      "setup 7",
      "warmup",
      "afterFork 2",
      "beforePerform 1",
      "afterPerform 1 done",
      "onFailure 2 broken",
      "teardown",
    ]);
  });

  for (const name of ["queueDiscoveryInterval", "interval"]) {
    test(`may set forker.${name} repeatedly`, async () => {
      const setup = `setup(forker) { forker.${name} = 1; forker.${name} = 0.25 }`;
      const { config } = await load(write(`export default { ${setup}, processors: { '*': () => {} } };`));
      assert.equal(config.queueDiscoveryIntervalMs, 250);
    });
  }

  test("finds a processor by its queue's name, then by the longest glob, then by *", async () => {
    const { processorFor } = await load(path.join(fixtures, "whole.mjs"));
    const perform = (queue: string) => processorFor(queue)?.({ id: queue }, "token", () => signal);
    assert.equal(await perform("import"), "Object import import token");
    assert.equal(await perform("mail-a"), "mail mail-a");
    assert.equal(await perform("mail-urgent-a"), "urgent mail-urgent-a");
    assert.equal(await perform("other"), "any other");
  });

  test("passes an AbortSignal to a function that takes one, and to one that may take one", async () => {
    const { processorFor } = await load(
      write(
        "export default { processors: { three: (job, token, s) => s, all: (...all) => all[2], one(job) { return arguments[2] } } }",
      ),
      { WORKLOAD: "three" },
    );
    const given = async (queue: string) => await processorFor(queue)?.({}, "", () => signal);
    assert.deepEqual(await Promise.all(["three", "all", "one"].map(given)), [signal, signal, undefined]);
  });

  test("rejects when its processor throws before its first await", async () => {
    const { processorFor } = await load(write("export default { processors: { a() { throw new Error('no') } } }"), {
      WORKLOAD: "a",
    });
    await assert.rejects(async () => await processorFor("a")?.({}, "", () => signal), /^Error: no$/);
    assert.equal(processorFor("b"), undefined);
  });

  test("loads from CommonJS, compiled or not, and from TypeScript", async () => {
    for (const file of ["plain.cjs", "compiled.cjs"]) {
      const application = await load(path.join(fixtures, file), { WORKLOAD: "import" });
      assert.match(String(await application.processorFor("import")?.({}, "", () => signal)), /CommonJS$/);
    }
    const typed = await load(path.join(fixtures, "typed.ts"));
    assert.deepEqual(shape(typed), ["import", "import"]);
    assert.equal(await typed.processorFor("import")?.({ data: { file: "a.csv" } }, "", () => signal), "a.csv");
  });

  test("takes every queue from the local Redis when it has no setup", async () => {
    const application = await load(write("export default { processors: { '*': () => {} } }"));
    assert.deepEqual(shape(application), ["*"]);
    const { workload: _, ...config } = application.config;
    assert.deepEqual(config, {
      user: undefined,
      queueDiscoveryIntervalMs: 5000,
      logger: undefined,
      verbose: false,
      timeLimits: [],
      redis: { connection: "redis://127.0.0.1:6379", prefix: "bull" },
    });
  });

  test("yields to the environment", async () => {
    const { config } = await load(path.join(fixtures, "whole.mjs"), {
      WORKLOAD: "export x2",
      FORKER_USER: "nobody",
      FORKER_PREFIX: "env",
      REDIS_URL: "redis://env",
    });
    assert.deepEqual(config.workload.map(formatWorkerSpec), ["export", "export"]);
    assert.equal(config.user, undefined);
    assert.deepEqual(config.redis, { connection: "redis://env", prefix: "env" });
  });

  test("is looked up again at each load, and a symlink that moved is followed", async () => {
    for (const release of ["1", "2"]) {
      mkdirSync(path.join(folder, "releases", release), { recursive: true });
      writeFileSync(
        path.join(folder, "releases", release, "w.mjs"),
        `export default { processors: { "${release}": () => {} } }`,
      );
    }
    const current = path.join(folder, "current");
    const settings = settingsOf(path.join(current, "w.mjs"), { WORKLOAD: "*" });
    for (const release of ["1", "2"]) {
      rmSync(current, { force: true });
      symlinkSync(path.join(folder, "releases", release), current);
      const application = await loadApplication(settings, 1, silent);
      assert.equal(application.path, path.join(folder, "releases", release, "w.mjs"));
      assert.ok(application.processorFor(release));
    }
  });
});

describe("a mistake in an application", () => {
  const definition = (text: string) => `export default ${text}`;
  const withSetup = (text: string) => definition(`{ setup(forker) { ${text} }, processors: { '*': () => {} } }`);
  const mistakes: [what: string, text: string, exit: ExitName, message: RegExp][] = [
    [
      "nothing exported",
      "",
      "badApp",
      /expected a default export made by defineForker\(\{ … \}\), or BullMQ Workers that it creates, got no default export, and no Worker$/,
    ],
    ["a function exported", definition("() => {}"), "badApp", /got a function as its default export, and no Worker$/],
    ["an empty object", definition("{}"), "badApp", /got no default export, and no Worker$/],
    [
      "no processors",
      definition("{ setup() {} }"),
      "badApp",
      /processors: expected an object of functions by queue name, got none$/,
    ],
    ["empty processors", definition("{ processors: {} }"), "badApp", /got an empty one$/],
    [
      "processors as a function",
      definition("{ processors() {} }"),
      "badApp",
      /got a function; write processors: \{ "\*": … \}$/,
    ],
    ["processors as an array", definition("{ processors: [] }"), "badApp", /got \[\]$/],
    [
      "a misspelled hook",
      definition("{ beforePreform() {}, processors: { a() {} } }"),
      "badApp",
      /got "beforePreform"; did you mean "beforePerform"\?$/,
    ],
    [
      "several misspelled hooks, with the names listed once",
      definition("{ processors: { mail: () => {} }, beforePreform() {}, afterPreform() {}, zzz() {} }"),
      "badApp",
      /: expected only (?:\w+, )+on, got "beforePreform"; did you mean "beforePerform"\?; and got "afterPreform"; did you mean "afterPerform"\?; and got "zzz"$/,
    ],
    [
      "a hook that is no function",
      definition("{ setup: 4, processors: { a() {} } }"),
      "badApp",
      /setup: expected a function, got 4$/,
    ],
    [
      "two mistakes at once",
      definition("{ setup: 4, processors: { a: 5 } }"),
      "badApp",
      /setup: expected a function, got 4; and processors\["a"\]: expected a function, or .* got 5$/,
    ],
    [
      "a queue with a colon",
      definition("{ processors: { 'a:b'() {} } }"),
      "badApp",
      /processors\["a:b"\]: expected a queue name without ':'/,
    ],
    [
      "a list as a queue",
      definition("{ processors: { 'a,b'() {} } }"),
      "badApp",
      /without comma.*one entry for each queue$/,
    ],
    [
      "a negation as a queue",
      definition("{ processors: { '!a'() {} } }"),
      "badApp",
      /processors\["!a"\]: expected a queue name, a glob or \*/,
    ],
    [
      "a bare module name",
      definition("{ processors: { a: 'mail.mjs' } }"),
      "badApp",
      /begins with \.\/, got "mail\.mjs"$/,
    ],
    [
      "a module that is not there",
      definition("{ processors: { '*': './no.mjs' } }"),
      "noApp",
      /processors\["\*"\]: expected a JavaScript or TypeScript file, got none at .*no\.mjs$/,
    ],
    [
      "a module without default export",
      definition(`{ processors: { '*': ${JSON.stringify(path.join(fixtures, "processors/no-default.mjs"))} } }`),
      "badApp",
      /to export a function as its default, got none$/,
    ],
    [
      "a queue that nothing processes",
      definition(
        "{ setup(f) { f.workload = ['exprot', 'mail-a', 'b,!b,c-*'] }, processors: { export() {}, 'mail-*'() {} } }",
      ),
      "badApp",
      /^expected a processor for each queue of the workload, got none for "exprot" \(there are "export", "mail-\*"\); did you mean "export"\?; add it/,
    ],
    [
      "a malformed workload",
      withSetup("forker.workload = 'a x0'"),
      "badConfig",
      /^forker\.workload: expected x and a number of workers/,
    ],
    ["a malformed entry", withSetup("forker.workload = ['a', 4]"), "badConfig", /^forker\.workload\[1\]: /],
    [
      "a misspelled property",
      withSetup("forker.worklaod = 4"),
      "badConfig",
      /^forker\.worklaod: there is no such property; did you mean "workload"\?$/,
    ],
    [
      "a user that is set and not called",
      withSetup("forker.user = 'www-data'"),
      "badConfig",
      /^forker\.user: cannot be set; call it: forker\.user\("www-data"\)$/,
    ],
    [
      "a user of another type",
      withSetup("forker.user({})"),
      "badConfig",
      /^forker\.user\(\): expected a user and optionally a group, by name or number, got an object$/,
    ],
    ["a generation that is set", withSetup("forker.generation = 4"), "badConfig", /cannot be set$/],
    [
      "an interval as a string",
      withSetup("forker.queueDiscoveryInterval = '5'"),
      "badConfig",
      /expected seconds from 0\.1 to 3600, got "5"$/,
    ],
    [
      "the interval by both of its names",
      withSetup("forker.interval = 1; forker.queueDiscoveryInterval = 2"),
      "badConfig",
      /^forker\.queueDiscoveryInterval: expected forker\.queueDiscoveryInterval or forker\.interval, .* got both$/,
    ],
    [
      "an interval as a string, by its other name",
      withSetup("forker.interval = '5'"),
      "badConfig",
      /^forker\.interval: expected seconds from 0\.1 to 3600, got "5"$/,
    ],
    [
      "afterFork by both of its names",
      "export default { afterFork() {}, beforeFirstFork() {}, processors: { '*': () => {} } };",
      "badApp",
      /: expected afterFork or beforeFirstFork, which are two names of one hook, got both$/,
    ],
    ["an interval of 0", withSetup("forker.queueDiscoveryInterval = 0"), "badConfig", /got 0$/],
    ["verbose as a number", withSetup("forker.verbose = 1"), "badConfig", /expected true or false, got 1$/],
    ["a logger of another kind", withSetup("forker.logger = console"), "badConfig", /expected a pino logger/],
    [
      "a client as connection",
      withSetup("forker.connection = { duplicate() {} }"),
      "badConfig",
      /workers cannot share a client's connection$/,
    ],
    [
      "a connection that is no URL",
      withSetup("forker.connection = ':hunter2@h'"),
      "badConfig",
      /^(?!.*hunter2).*begin it with redis:\/\/$/,
    ],
    ["a prefix with a blank", withSetup("forker.prefix = 'a b'"), "badConfig", /without blanks, got "a b"$/],
  ];
  for (const [what, text, exit, message] of mistakes) {
    test(`is refused: ${what}`, async () => {
      const error = await refusal(load(write(text)));
      assert.equal(error.exit, exit, error.message);
      assert.match(error.message.split("\n")[0] ?? "", message);
    });
  }

  test("is refused: setup's object used after setup() ended", async () => {
    await load(write(withSetup("globalThis.lateForker = forker")));
    const { lateForker } = globalThis as unknown as { lateForker: { workload: unknown; user(name: string): void } };
    assert.throws(() => (lateForker.workload = 4), /forker\.workload: used after setup\(\) had ended/);
    assert.throws(() => lateForker.user("root"), /forker\.user\(\): used after setup\(\) had ended/);
  });

  test("is refused: a file that is not there, with the name that was probably meant", async () => {
    writeFileSync(path.join(folder, "workers.mjs"), "");
    const error = await refusal(load(path.join(folder, "worker.mjs")));
    assert.equal(error.exit, "noApp");
    assert.match(
      error.message,
      /^application: expected a JavaScript or TypeScript file, got none at .*worker\.mjs; did you mean .*workers\.mjs\?$/,
    );
  });

  test("is refused: a directory, a circle of symlinks, and a file used as a folder", async () => {
    symlinkSync("circle.mjs", path.join(folder, "circle.mjs"));
    assert.match((await refusal(load(folder))).message, /got a directory: /);
    assert.match(
      (await refusal(load(path.join(folder, "circle.mjs")))).message,
      /got a circle of symlinks: .*circle\.mjs$/,
    );
    assert.match((await refusal(load(path.join(write(""), "x.mjs")))).message, /got none at /);
  });

  test("is refused: a language that Node does not run", async () => {
    const text = await refusal(load(write("hello", "txt")));
    assert.equal(text.exit, "badApp");
    assert.match(text.message, /expected a \.mjs, \.cjs, \.js or \.ts file, got \.txt$/);
    assert.match((await refusal(load(write("{}", "json")))).message, /got \.json$/);
    const enumeration = await refusal(load(write("enum A { B }\nexport default A;", "ts")));
    assert.match(
      enumeration.message,
      /expected TypeScript with types that Node can strip, got .*enum.*; avoid that syntax, or compile the file$/,
    );
  });
});

describe("a failure in an application", () => {
  const failures: [what: string, text: string, message: RegExp, cause: RegExp][] = [
    [
      "a throw at the top",
      "throw new Error('at the top\\nof all')",
      /failed to load: at the top$/,
      /at the top\nof all/,
    ],
    ["undefined", "throw undefined", /failed to load: undefined$/, /undefined/],
    ["null", "throw null", /failed to load: null$/, /null/],
    [
      "a missing package",
      "import 'no-such-package'",
      /failed to load: Cannot find package 'no-such-package'/,
      /no-such-package/,
    ],
    [
      "a syntax error",
      "let a;\nexport default {",
      /failed to load: Unexpected end of input at .*app-\d+\.mjs:2$/,
      /SyntaxError/,
    ],
    ["a syntax error in a module", "import './broken.mjs'", /failed to load: .* at .*broken\.mjs:3$/, /SyntaxError/],
    [
      "a name that is not exported",
      "import { nothing } from 'node:fs'",
      /failed to load: .*'nothing'/,
      /app-\d+\.mjs:1/,
    ],
    [
      "a throw in setup",
      "export default { async setup() { throw new TypeError('no database') }, processors: { '*'() {} } }",
      /^setup\(\) failed: no database$/,
      /TypeError: no database\n {4}at /,
    ],
    [
      "a throw of undefined",
      "export default { setup() { throw undefined }, processors: { '*'() {} } }",
      /^setup\(\) failed: undefined$/,
      /^undefined$/,
    ],
  ];
  for (const [what, text, message, cause] of failures) {
    test(`is reported with its cause: ${what}`, async () => {
      const error = await refusal(load(write(text)));
      assert.equal(error.exit, "bootFailure");
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      assert.match(error.cause instanceof Error ? (error.cause.stack ?? "") : String(error.cause), cause);
    });
  }

  for (const [what, text, message] of [
    [
      "setup()",
      "export default { setup: () => new Promise(() => {}), processors: { '*'() {} } }",
      /^setup\(\) did not end within 50ms \(FORKER_BOOT_TIMEOUT\)$/,
    ],
    ["an import", "await new Promise(() => {})", /^import of .*\.mjs did not end within 50ms \(FORKER_BOOT_TIMEOUT\)$/],
  ] as const) {
    test(`is reported at FORKER_BOOT_TIMEOUT: ${what} that never ends`, async () => {
      const settings = { ...settingsOf(write(text)), bootTimeoutMs: 50 };
      const error = await refusal(loadApplication(settings, 1, silent));
      assert.equal(error.exit, "bootFailure");
      assert.match(error.message, message);
    });
  }
});

async function refusal(loading: Promise<Application>): Promise<ForkerError> {
  try {
    await loading;
  } catch (cause) {
    if (cause instanceof ForkerError) return cause;
    throw cause;
  }
  return assert.fail("it was loaded");
}

describe("a processor with options", () => {
  test("is a function or a module's path, and its options are those of its queue", async () => {
    const module = path.basename(write("export default () => 2;"));
    const file = write(`export default {
      workerOptions: { lockDuration: 5000 },
      processors: {
        mail: { concurrency: 3, process() { return this.concurrency; } },
        sms: { process: "./${module}", lockDuration: 9000 },
      },
    };`);
    const { processorFor, optionsFor, queueOptions } = await load(file);
    assert.equal(await processorFor("mail")?.({}, "token", () => signal), 3);
    assert.equal(await processorFor("sms")?.({}, "token", () => signal), 2);
    assert.deepEqual(optionsFor("mail"), { lockDuration: 5_000, concurrency: 3 });
    assert.deepEqual(
      queueOptions.map(({ pattern, lockDurationMs }) => [pattern, lockDurationMs]),
      [
        ["mail", 5_000],
        ["sms", 9_000],
      ],
    );
  });

  const mistakes: readonly (readonly [code: string, exitCode: number, message: RegExp])[] = [
    [
      "processors: { mail: { concurrency: 3 } }",
      65,
      /processors\["mail"\]\.process: expected a function, .+, got none/,
    ],
    ["processors: { mail: { process: 3 } }", 65, /processors\["mail"\]\.process: .+, got 3/],
    ["on: { complete: () => {} }, processors: { mail() {} }", 65, /on: .+got "complete"; did you mean "completed"\?/],
    ["processors: { mail: { process() {}, on: { failed: 3 } } }", 65, /processors\["mail"\]\.on\.failed: .+, got 3/],
    ["workerOptions: 3, processors: { mail() {} }", 65, /workerOptions: expected an object of .+, got 3/],
    [
      "workerOptions: { connection: {} }, processors: { mail() {} }",
      78,
      /workerOptions\.connection: not supported: .+/,
    ],
    ["processors: { mail: { process() {}, limiter: 3 } }", 78, /processors\["mail"\]\.limiter: expected .+, got 3/],
  ];
  for (const [code, exitCode, message] of mistakes)
    test(`is refused with ${exitCode}: ${code}`, async () => {
      await assert.rejects(load(write(`export default { ${code} };`)), (error) => {
        assert.ok(error instanceof ForkerError);
        assert.match(error.message, message);
        assert.ok(!error.message.includes("\n"));
        return error.exitCode === exitCode;
      });
    });
});
