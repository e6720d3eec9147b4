// `forker check` of an application with Workers of its own: it takes no job, and names what cannot be adopted in one line.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { Queue } from "bullmq";
import { type BuildOptions, build } from "esbuild";
import { commonJsNames } from "../support/bundle.ts";
import { entrypoint } from "../support/forker.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const modules = path.join(import.meta.dirname, "../../node_modules");
const library = path.join(import.meta.dirname, "../../dist/index.mjs");
const imports = `
  import { Queue, Worker } from "bullmq";
  import { Redis } from "ioredis";
  const connection = { host: "127.0.0.1", port: Number(process.env.PORT) };
  const work = async () => {};
`;

interface Checked {
  readonly code: number;
  readonly lines: readonly string[];
}

let redis: TestRedis;
before(async () => {
  redis = await startRedis();
});
after(async () => await redis.close());

/** Closed even if the test fails: a client that retries would keep this process alive. */
function openQueue(context: TestContext, name: string): Queue {
  const queue = new Queue(name, { connection: { url: redis.url } });
  context.after(async () => await queue.close());
  return queue;
}

async function checked(source: string, env: NodeJS.ProcessEnv = {}): Promise<Checked> {
  return await checkedFile("main.mjs", imports + source, env);
}

async function checkedFile(
  name: string,
  text: string | Uint8Array,
  env: NodeJS.ProcessEnv = {},
  others: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Checked> {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-adopt-"));
  try {
    symlinkSync(modules, path.join(folder, "node_modules"));
    const file = path.join(folder, name);
    writeFileSync(file, text);
    for (const [other, content] of Object.entries(others)) writeFileSync(path.join(folder, other), content);
    const { REDIS_URL: _, ...rest } = process.env;
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [entrypoint, "check", file],
        { cwd: folder, env: { ...rest, PORT: String(redis.port), FORKER_USER: "root", ...env }, timeout: 60_000 },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), lines: `${stdout}${stderr}`.trim().split("\n") }),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Checks an application whose bundle contains BullMQ and ioredis: its own file, or another one that it requires. */
async function checkedBundle(source: string, options: BuildOptions, name?: string): Promise<Checked> {
  const isModule = options.format === "esm";
  const { outputFiles } = await build({
    stdin: { contents: imports + source, resolveDir: path.dirname(modules) },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["pg", "redis", "bullmq-otel", "@valkey/valkey-glide"],
    ...(isModule && { banner: { js: commonJsNames } }),
    write: false,
    logLevel: "error",
    ...options,
  });
  const text = outputFiles?.[0]?.contents ?? "";
  const main = isModule ? "main.mjs" : "main.cjs";
  return name === undefined
    ? await checkedFile(main, text)
    : await checkedFile(main, `require("./${name}");`, {}, { [name]: text });
}

function refused({ code, lines }: Checked, expectedCode: number, message: RegExp): void {
  const errors = lines.filter((line) => line.startsWith("error"));
  assert.equal(errors.length, 1, lines.join("\n"));
  assert.match(errors[0] ?? "", message);
  assert.equal(code, expectedCode);
}

describe("forker check, of an application with Workers of its own", () => {
  test("finds no problem, and takes no job", async (context) => {
    const queue = openQueue(context, "mail");
    await queue.addBulk([1, 2, 3].map((id) => ({ name: "work", data: { id } })));
    const { code, lines } = await checked(`new Worker("mail", work, { connection, concurrency: 3 });`);
    assert.equal(code, 0, lines.join("\n"));
    assert.equal(await queue.getWaitingCount(), 3);
    assert.ok(
      lines.some((line) => /^0\s+3\s+\*/.test(line)),
      lines.join("\n"),
    );
  });

  test("prints the options that forker ignores, one line each, and is content", async () => {
    const { code, lines } = await checked(`
      new Worker("mail", work, { connection, skipLockRenewal: true, removeOnFail: "soon" });
    `);
    assert.equal(code, 0, lines.join("\n"));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("warning")).map((line) => line.split(", why:")[0]),
      [
        "warning  ignored a Worker option (queue: mail, option: skipLockRenewal",
        "warning  ignored a Worker option (queue: mail, option: removeOnFail",
      ],
    );
  });

  test("says that it does not see the Workers of an application that waits for Redis before the first one", async () => {
    const { code, lines } = await checked(`
      await new Redis(connection).ping();
      for (const name of ["mail", "mail"]) new Worker(name, work, { connection });
    `);
    assert.equal(code, 0, lines.join("\n"));
    assert.match(lines.join("\n"), /^warning {2}did not check Redis and the application's Workers: /m);
  });

  test("names a refusal that the application does not catch, or catches before it exits", async () => {
    const create = `["mail", "mail"].map((name) => new Worker(name, work, { connection }))`;
    for (const end of [
      `${create};`,
      `setTimeout(() => ${create}, 10);`,
      `try { ${create}; } catch { process.exit(1); }`,
      `new Promise(() => ${create}).catch(() => process.exit(1));`,
    ])
      refused(await checked(end), 78, /^error {4}Worker of queue mail: expected one for each queue, got a second one/);
  });

  test("is done when what is left waits for Redis, or for ready()", async () => {
    for (const wait of [
      `await new Redis(connection).get("key");`,
      `const { ready } = await import(${JSON.stringify(library)}); await ready();`,
      `await new Queue("other", { connection }).waitUntilReady();`,
    ]) {
      const { code, lines } = await checked(
        `new Worker("mail", work, { connection }); ${wait} throw new Error("went on");`,
      );
      assert.equal(code, 0, `${wait}\n${lines.join("\n")}`);
    }
  });

  test("names what was left open, and accepts the application that does what the message says", async () => {
    const listen = `await once(createServer().listen(0, "127.0.0.1"), "listening");`;
    const source = (step: string) => `
      import { createServer } from "node:net";
      import { once } from "node:events";
      import { ready } from ${JSON.stringify(library)};
      new Worker("mail", work, { connection });
      ${step}
      ${listen}
    `;
    refused(
      await checked(source("")),
      70,
      /left open a server on TCP .*: every worker would take connections from it: listen after `await ready\(\)` of bullmq-forker$/,
    );
    const followed = await checked(source("await ready();"));
    assert.equal(followed.code, 0, followed.lines.join("\n"));
  });

  test("names what the application waits for at its deadline", async () => {
    const slow = await checked(`await new Promise((go) => setTimeout(go, 1e6));`, { FORKER_BOOT_TIMEOUT: "2" });
    refused(
      slow,
      70,
      /did not end within 2s \(FORKER_BOOT_TIMEOUT\); it waits for a timer of 1000s, created at \/.*main\.mjs:6$/,
    );
  });

  test("refuses a file that defines no forker and creates no Worker", async () => {
    refused(
      await checked(""),
      65,
      /main\.mjs: expected a default export made by defineForker\(\{ … \}\), or BullMQ Workers/,
    );
    refused(await checked("export default [];"), 65, /got \[\] as its default export, and no Worker$/);
  });

  test("refuses two Workers of one queue, even if the application ignores the error", async () => {
    const twice = `new Worker("mail", work, { connection }); try { new Worker("mail", work, { connection }); } catch {}`;
    refused(
      await checked(twice),
      78,
      /Worker of queue mail: expected one for each queue, got a second one; create one, and set its concurrency/,
    );
  });

  test("refuses Workers with two prefixes or servers, unless the workload selects some", async () => {
    const prefixes = `new Worker("a", work, { connection }); new Worker("b", work, { connection, prefix: "shop" });`;
    refused(
      await checked(prefixes),
      78,
      /expected one Redis database and prefix, got 127\.0\.0\.1:\d+, prefix bull for "a" and .*, prefix shop for "b"/,
    );
    const servers = `new Worker("a", work, { connection }); new Worker("b", work, { connection: new Redis({ ...connection, db: 3, maxRetriesPerRequest: null }) });`;
    refused(await checked(servers), 78, /database 3, prefix bull for "b"; start one forker for each/);
    assert.equal((await checked(servers, { WORKLOAD: "a" })).code, 0);
  });

  test("refuses a queue of the workload without a Worker, and another prefix", async () => {
    const one = `new Worker("mail", work, { connection });`;
    refused(
      await checked(one, { WORKLOAD: "mial" }),
      65,
      /expected a Worker for each queue of the workload, got none for "mial" \(there are "mail"\); did you mean "mail"\?/,
    );
    refused(
      await checked(one, { FORKER_PREFIX: "shop" }),
      78,
      /FORKER_PREFIX: expected the prefix of the application's Workers, bull, got shop; unset it/,
    );
  });

  test("adopts Workers of a BullMQ inside the application's bundle, and takes no job", async (context) => {
    const queue = openQueue(context, "bundled");
    await queue.add("work", {});
    for (const form of ["cjs", "esm"] as const) {
      const { code, lines } = await checkedBundle(`new Worker("bundled", work, { connection });`, { format: form });
      assert.equal(code, 0, lines.join("\n"));
    }
    assert.equal(await queue.getWaitingCount(), 1);
  });

  test("refuses them before it loads the file if the bundler has renamed their methods", async (context) => {
    const queue = openQueue(context, "renamed");
    await queue.add("work", {});
    const source = `new Worker("renamed", work, { connection }); console.log("it was loaded");`;
    const { code, lines } = await checkedBundle(source, { mangleProps: /^(getNextJob|processJob)$/ });
    refused(
      { code, lines },
      78,
      /expected BullMQ's Workers with the names of their methods, got those of the copy inside/,
    );
    assert.ok(!lines.includes("it was loaded"), lines.join("\n"));
    assert.equal(await queue.getWaitingCount(), 1);
  });

  test("refuses them when they are created if that bundle is another file", async (context) => {
    const queue = openQueue(context, "elsewhere");
    await queue.add("work", {});
    const source = `try { new Worker("elsewhere", work, { connection }); } catch {}`;
    for (const [mangleProps, message] of [
      [
        /^(getNextJob|processJob)$/,
        /got one with names that the bundler has changed; do not let it rename properties, or/,
      ],
      [
        /^(nextJobFromJobData|startStalledCheckTimer|getNextJob|processJob)$/,
        /expected BullMQ's Workers with the names of their methods, got those of the copy inside .*lib\.cjs/,
      ],
    ] as const)
      refused(await checkedBundle(source, { mangleProps }, "lib.cjs"), 78, message);
    assert.equal(await queue.getWaitingCount(), 1);
  });

  test("accepts a bundle that waits for Redis before it creates a Worker, and refuses one that creates none", async () => {
    const late = `const key = await new Redis(connection).get("key"); new Worker("late", work, { connection });`;
    const { code, lines } = await checkedBundle(late, { format: "esm" });
    assert.equal(code, 0, lines.join("\n"));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("warning")).map((line) => line.split(":")[0]),
      ["warning  did not check Redis and the application's Workers"],
    );
    const none = `globalThis.create = () => new Worker("none", work, { connection });`;
    refused(
      await checkedBundle(none, { format: "esm" }),
      78,
      /expected a Worker of the BullMQ inside .*main\.mjs, got none; create one, or/,
    );
  });

  test("refuses Workers of a bundle and of a package in one application", async () => {
    const both = `new Worker("one", work, { connection });
      const { Worker: Other } = require(process.cwd() + "/node_modules/bullmq");
      new Other("two", work, { connection });`;
    refused(
      await checkedBundle(both, {}),
      78,
      /Worker of queue two: expected all Workers to be of one copy of bullmq, got 6\S+ inside the application's bundle and .*index\.js/,
    );
  });

  test("loads the file as the program, so that what only the program does is done", async () => {
    const start = `new Worker("main", async () => {}, { connection: { port: Number(process.env.PORT) } });`;
    const guarded = {
      "main.cjs": `const { Worker } = require("bullmq"); if (require.main === module) ${start}`,
      "main.mjs": `import { Worker } from "bullmq"; if (process.argv[1] === import.meta.filename) ${start}`,
    };
    for (const [name, text] of Object.entries(guarded)) {
      const { code, lines } = await checkedFile(name, text);
      assert.equal(code, 0, lines.join("\n"));
    }
  });
});
