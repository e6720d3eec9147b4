// On a developer's machine: the application file as the program itself, and `forker FILE` where forker cannot fork.
import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import {
  definitionFiles as files,
  Program,
  projectWithForker,
  runsOneWorker,
  sendMail,
} from "../support/foreground.ts";
import { entrypoint } from "../support/forker.ts";
import { startRedis } from "../support/redis.ts";

const node = process.execPath;
const asDarwin = [node, "--import", path.join(import.meta.dirname, "../fixtures/foreground/as-darwin.mjs"), entrypoint];

describe("node runs a definition as one worker, in its own process", () => {
  for (const file of Object.keys(files)) {
    test(file, async (context) => {
      const { output } = await runsOneWorker(context, [node, file]);
      assert.match(output, /running one worker in the foreground/);
    });
  }

  test("a definition that another program imports does nothing", async (context) => {
    const folder = projectWithForker(context, {
      ...files,
      "other.mjs": `import "./workers.mjs"; console.log("done");`,
    });
    for (const command of [
      [node, "other.mjs"],
      [node, "--eval", 'import("./workers.mjs").then(() => console.log("done"))'],
    ]) {
      await using program = new Program(command, folder, {});
      assert.equal(await program.end(), 0);
      assert.equal(program.output, "done\n");
    }
  });

  test("mistakes are one line each", async (context) => {
    const folder = projectWithForker(context, {
      ...files,
      "wrong.mjs": `import { defineForker } from "bullmq-forker"; export default defineForker({ processors: { mail: 1 } });`,
      "throws.mjs": (files["workers.mjs"] ?? "").replace(
        "setup(forker) {",
        'setup() { throw new Error("no settings");',
      ),
    });
    for (const [file, env, code, line] of [
      ["workers.mjs", { WORKLOAD: "mail @" }, 78, /^forker: WORKLOAD: expected .*\n$/s],
      ["wrong.mjs", {}, 65, /^forker: \S+wrong.mjs: processors\["mail"\]: expected a function.*\n$/],
      [
        "throws.mjs",
        {},
        70,
        /^forker: setup\(\) failed: no settings\nforker: Error: no settings\n +at (?:Object\.)?setup /,
      ],
    ] as const) {
      await using program = new Program([node, file], folder, env);
      assert.equal(await program.end(), code, program.output);
      assert.match(program.output, line);
    }
  });
});

describe("where forking is impossible, forker FILE is node FILE", () => {
  test("a definition runs as one worker, without /proc and without an addon", async (context) => {
    const inside = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
    const { output } = await runsOneWorker(context, [...inside, ...asDarwin, "./workers.mjs"]);
    assert.match(
      output,
      /^forker: forking requires Linux, got darwin: one worker runs in the foreground, as with node \.\/workers\.mjs$/m,
    );
  });

  for (const [file, load] of [
    [
      "worker.js",
      `const { Worker } = require("bullmq");\nif (require.main !== module) throw new Error("not the program");`,
    ],
    ["worker.mjs", `import { Worker } from "bullmq";`],
  ] as const) {
    test(`an application that creates its own Workers runs as it does without forker: ${file}`, async (context) => {
      const folder = projectWithForker(context, {
        [file]: `${load}
          const worker = new Worker("mail", async (job) => \`\${process.pid} sent \${job.data.to}\`, { connection: { url: process.env.REDIS_URL } });
          console.log(process.argv.slice(1).join(" "));
          process.on("SIGTERM", async () => { await worker.close(); console.log("closed"); process.exit(7); });`,
      });
      await using redis = await startRedis();
      await using program = new Program([...asDarwin, file], folder, { REDIS_URL: redis.url });
      assert.equal(await sendMail(redis.url), `${program.pid} sent you`, program.output);
      await program.says(`${path.join(folder, file)}\n`);
      program.signal("SIGTERM");
      assert.equal(await program.end(), 7, program.output);
      assert.match(program.output, /^closed$/m);
    });
  }

  test("an uncaught error ends it as it ends any program", async (context) => {
    const folder = projectWithForker(context, { "worker.cjs": 'throw new Error("no settings");' });
    await using program = new Program([...asDarwin, "worker.cjs"], folder, {});
    assert.equal(await program.end(), 1);
    assert.match(program.output, /^Error: no settings$/m);
  });

  test("a file that does not exist, and commands that need a container, are one line", async (context) => {
    const folder = projectWithForker(context, files);
    for (const [words, code, line] of [
      [["worker.mjs"], 66, /^forker: application: expected a .* did you mean \S*workers\.mjs\?\n$/],
      [["status"], 71, /^forker: forker status: expected Linux, got darwin; use a container\. .*\n$/],
    ] as const) {
      await using program = new Program([...asDarwin, ...words], folder, {});
      assert.equal(await program.end(), code, program.output);
      assert.match(program.output, line);
    }
  });
});
