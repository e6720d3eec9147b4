// `forker -- command` compared with Debian's tini: under either as PID 1, the same command must see the same and end in the same
// way.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Pid1, startPid1 } from "../support/pid1.ts";

const entrypoint = fileURLToPath(new URL("../../dist/entrypoint.mjs", import.meta.url));
const inits = { forker: [process.execPath, entrypoint], tini: ["tini"] } as const;
type InitName = keyof typeof inits;

const skip = spawnSync("tini", ["--version"]).status === 0 ? false : "tini is not installed: apt-get install tini";
const suite = { skip, timeout: 120_000 };

function start(init: InitName, options: readonly string[], command: readonly string[], env = {}): Promise<Pid1> {
  return startPid1({ command: [...inits[init], ...options, "--", ...command], env });
}

/** What must be the same under both. */
async function same<Seen>(what: string, look: (init: InitName) => Promise<Seen>): Promise<Seen> {
  const [ours, tinis] = await Promise.all([look("forker"), look("tini")]);
  assert.deepEqual(ours, tinis, what);
  return ours;
}

const shell = (script: string) => ["bash", "-c", script];

async function exitCode(init: InitName, options: readonly string[], command: readonly string[], env = {}) {
  await using pid1 = await start(init, options, command, env);
  return await pid1.exitCode(60_000);
}

async function output(init: InitName, options: readonly string[], command: readonly string[]) {
  await using pid1 = await start(init, options, command);
  await pid1.exitCode(60_000);
  return pid1.lines;
}

describe("exit codes", suite, () => {
  test("are the command's own", async () => {
    for (const code of [0, 1, 2, 63, 64, 100, 125, 126, 127, 128, 129, 143, 200, 254, 255])
      assert.equal(await same(`exit ${code}`, (init) => exitCode(init, [], shell(`exit ${code}`))), code);
  });

  test("are 128 + n when signal n ended the command", async () => {
    for (const signal of [1, 2, 3, 4, 6, 8, 9, 11, 13, 14, 15, 34, 64])
      assert.equal(
        await same(`signal ${signal}`, (init) => exitCode(init, [], ["sh", "-c", `kill -${signal} $$`])),
        128 + signal,
      );
  });

  test("tell a command that was not found from one that cannot be executed", async () => {
    assert.equal(await same("not found", (init) => exitCode(init, [], ["forker-test-nosuch"])), 127);
    assert.equal(await same("no such path", (init) => exitCode(init, [], ["/nosuch/path"])), 127);
    assert.equal(await same("a folder", (init) => exitCode(init, [], ["/etc"])), 126);
    assert.equal(await same("a file that is no program", (init) => exitCode(init, [], ["/etc/passwd"])), 126);
    assert.equal(await same("below a file", (init) => exitCode(init, [], ["/etc/passwd/x"])), 1);
  });

  test("are remapped by -e", async () => {
    const options = ["-e", "143", "-e", "3", "-e", "127"];
    assert.equal(await same("-e 3", (init) => exitCode(init, options, shell("exit 3"))), 0);
    assert.equal(await same("-e 143", (init) => exitCode(init, options, shell("kill -TERM $$"))), 0);
    assert.equal(await same("another", (init) => exitCode(init, options, shell("exit 4"))), 4);
    assert.equal(await same("-e 127", (init) => exitCode(init, options, ["forker-test-nosuch"])), 0);
  });

  test("are 1 for a command line that forker does not understand", async () => {
    for (const options of [["-x"], ["-e", "256"], ["-p", "SIGNOPE"], ["-s", "-e", "nothing"]])
      assert.equal(await same(options.join(" "), (init) => exitCode(init, options, ["true"])), 1);
    assert.equal(await same("no command", (init) => exitCode(init, ["-s"], [])), 1);
  });
});

describe("signals", suite, () => {
  const neverSent = new Set([9, 19, 32, 33]);
  const all = Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => !neverSent.has(number));
  const keptByTini = new Set([4, 5, 6, 7, 8, 11, 17, 21, 22, 31]);
  const expected = all.filter((number) => !keptByTini.has(number));
  // bash gets CHLD from its own children; every other signal came from outside.
  const traps = `for n in ${all.filter((number) => number !== 17).join(" ")}; do trap "echo got $n" $n; done`;

  test("are all forwarded, except those that tini keeps", async () => {
    const heard = async (init: InitName) => {
      const finish = 'trap "echo got 15; exit 0" 15; echo ready; while :; do sleep 0.05 & wait $!; done';
      await using pid1 = await start(init, [], shell(`${traps}; ${finish}`));
      await pid1.line("ready", 30_000);
      // One after the other: a TSTP removes a pending CONT, and vice versa.
      for (const number of all.filter((one) => one !== 15)) {
        pid1.signal(number);
        if (expected.includes(number)) await pid1.line(new RegExp(`^got ${number}$`), 30_000);
      }
      pid1.signal("SIGTERM");
      assert.equal(await pid1.exitCode(60_000), 0);
      const numbers = pid1.lines
        .filter((line) => line.startsWith("got "))
        .map((line) => Number(line.slice("got ".length)));
      return [...new Set(numbers)].sort((a, b) => a - b);
    };
    assert.deepEqual(await same("forwarded", heard), expected);
  });

  test("reach only the command, or its whole group with -g", async () => {
    const script = `(trap "echo grandchild; exit" TERM; echo ready; while :; do sleep 0.05 & wait $!; done) &
      trap "echo child; sleep 0.3; exit 7" TERM; while :; do sleep 0.05 & wait $!; done`;
    const heard = async (init: InitName, options: readonly string[], env = {}) => {
      await using pid1 = await start(init, options, shell(script), env);
      await pid1.line("ready", 30_000);
      await pid1.until("the trap to be set", () => pid1.processes().filter((one) => one.name === "sleep").length === 2);
      pid1.signal("SIGTERM");
      assert.equal(await pid1.exitCode(60_000), 7);
      return pid1.lines.filter((line) => line !== "ready").sort();
    };
    assert.deepEqual(await same("alone", (init) => heard(init, [])), ["child"]);
    assert.deepEqual(await same("-g", (init) => heard(init, ["-g"])), ["child", "grandchild"]);
    const env = { TINI_KILL_PROCESS_GROUP: "" };
    assert.deepEqual(await same("by environment", (init) => heard(init, [], env)), ["child", "grandchild"]);
  });

  test("include the one that -p requests for the parent's death", async () => {
    const heard = async (init: InitName) => {
      const command = [...inits[init], "-s", "-p", "SIGUSR1", "--"].map((word) => `'${word}'`).join(" ");
      const child = `trap "echo got USR1; exit" USR1; echo ready; while :; do sleep 0.05 & wait $!; done`;
      // PID 1 stays alive; its child, the parent of the init under test, is killed.
      const script = `bash -c '"$@" & wait' bash ${command} bash -c '${child}' & wait; sleep 100`;
      await using pid1 = await startPid1({ command: ["bash", "-c", script] });
      await pid1.line("ready", 30_000);
      const parent = pid1.processes().find((one) => one.commandLine.startsWith('bash -c "$@" & wait'));
      assert.ok(parent, pid1.transcript);
      process.kill(parent.outerPid, "SIGKILL");
      return await pid1.line(/^got USR1$/, 30_000);
    };
    await same("-p", heard);
  });
});

describe("orphans", suite, () => {
  const orphans = "i=0; while [ $i -lt 50 ]; do (sleep 0.2 &); i=$((i+1)); done; echo ready; sleep 100";

  test("are reaped by PID 1, and below another PID 1 with -s", async () => {
    const onlyTheseLive = async (pid1: Pid1, count: number) => {
      await pid1.line("ready", 30_000);
      // Reads all of them at once: between two reads, one of them may die.
      const isOver = () => {
        const states = pid1.processes().map(({ state }) => state);
        return states.length === count && !states.includes("Z");
      };
      await pid1.until(`only ${count} processes to be left`, isOver, 30_000);
    };
    await same("PID 1", async (init) => {
      await using pid1 = await start(init, [], shell(orphans));
      await onlyTheseLive(pid1, 2);
    });
    await same("-s", async (init) => {
      const words = [...inits[init], "-s", "--"].map((word) => `'${word}'`).join(" ");
      await using pid1 = await startPid1({ command: ["bash", "-c", `${words} bash -c '${orphans}'; exit`] });
      await onlyTheseLive(pid1, 3);
    });
  });

  test("are each logged with -w", async () => {
    const isWarning = (line: string) => /^\[WARN .*[Rr]eaped zombie process with pid/.test(line);
    const warnings = async (init: InitName) => {
      await using pid1 = await start(init, ["-w"], shell("(sleep 0.2 &); (sleep 0.2 &); sleep 100; exit"));
      await pid1.until("two warnings", () => pid1.errorLines.filter(isWarning).length === 2, 30_000);
      pid1.signal("SIGKILL");
      await pid1.exitCode();
      return pid1.errorLines.filter(isWarning).length;
    };
    assert.equal(await same("-w", warnings), 2);
  });
});

describe("the command", suite, () => {
  test("starts with no signal ignored or blocked, and with only its three descriptors, blocking as they were", async () => {
    await same("signals", (init) => output(init, [], ["grep", "^Sig[BIC]", "/proc/self/status"]));
    await same("descriptors", (init) => output(init, [], ["ls", "/proc/self/fd"]));
    await same("flags", (init) => output(init, [], shell("cat /proc/self/fdinfo/[012] | grep flags")));
  });

  test("starts in its folder, with its environment and mask, in a process group of its own", async () => {
    await same("folder", (init) => output(init, [], ["pwd"]));
    await same("environment", async (init) => (await output(init, [], ["env"])).sort());
    await same("mask", (init) => output(init, [], shell("umask; ulimit -c; ulimit -s")));
    // pid (pgrp, session): the same pattern under either init, whatever the pids are.
    const group = 'read -r pid _ _ _ pgrp session _ < /proc/$$/stat; echo "$((pid == pgrp)) $((pid == session))"';
    assert.deepEqual(await same("group", (init) => output(init, [], shell(group))), ["1 0"]);
  });

  test("runs in the terminal's foreground, so that Ctrl-C reaches it", async () => {
    const script = 'read -r pid _ _ _ pgrp _ _ tpgid _ < /proc/$$/stat; echo "foreground $((pgrp == tpgid))"; exit 5';
    const seen = (init: InitName) => {
      const words = [...inits[init], "-s", "--", "bash", "-c", script].map((word) => `'${word}'`).join(" ");
      const terminal = ["-qec", words, "/dev/null"];
      const { status, stdout } = spawnSync("script", terminal, {
        encoding: "utf8",
        timeout: 30_000,
        stdio: ["pipe", "pipe", "pipe"],
      });
      return Promise.resolve({ status, text: stdout.trim() });
    };
    assert.deepEqual(await same("terminal", seen), { status: 5, text: "foreground 1" });
  });
});

describe("in an unusual environment", suite, () => {
  const notUtf8 = "$'a\\xffb'";

  /** From a shell, because Node passes arguments as strings. */
  const bytes = async (init: InitName, env: Readonly<Record<string, string | undefined>>) => {
    const show = `printf '%s/%s' "$1" "$X" | od -An -tx1`;
    const script = `export X=${notUtf8}; exec "$@" ${notUtf8}`;
    const command = ["bash", "-c", script, "bash", ...inits[init], "--", "sh", "-c", show, "sh"];
    await using pid1 = await startPid1({ command, env });
    await pid1.exitCode(60_000);
    return pid1.lines;
  };

  test("arguments and variables reach the command byte by byte, even after init has started over", async () => {
    const expected = [" 61 ff 62 2f 61 ff 62"];
    assert.deepEqual(await same("bytes", (init) => bytes(init, { NODE_OPTIONS: undefined })), expected);
    assert.deepEqual(await same("NODE_OPTIONS", (init) => bytes(init, { NODE_OPTIONS: "--no-warnings" })), expected);
  });

  test("the command runs without /proc, and its orphans are reaped", async () => {
    const wrapper = ["sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
    const script = "(sleep 0.1 &); echo ready; read -r line; exit 4";
    await same("no /proc", async (init) => {
      await using pid1 = await startPid1({ command: [...inits[init], "--", ...shell(script)], wrapper });
      await pid1.line("ready", 30_000);
      await pid1.until("the orphan to be reaped", () => pid1.processes().length === 2, 30_000);
      pid1.stdin.end("go on\n");
      assert.equal(await pid1.exitCode(60_000), 4);
      return [pid1.lines, pid1.errorLines];
    });
  });

  test("NODE_OPTIONS belongs to the command, and init does not keep what it preloads", async () => {
    const name = JSON.stringify(`\0forker-test/${randomUUID()}`);
    const preload = `
      import net from "node:net";
      const tell = (what) => { console.log(process.pid === 1 ? "init" : "command", what); process.exit(7); };
      net.createServer().on("error", ({ code }) => tell(code)).listen({ path: ${name} }, () => tell("listens"));`;
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}` };
    await using pid1 = await start("forker", [], [process.execPath, "--eval", "setInterval(() => {}, 1000)"], env);
    assert.equal(await pid1.exitCode(60_000), 7);
    assert.deepEqual(pid1.lines, ["command listens"]);
  });
});

describe("in the background of a terminal that stops writers (stty tostop)", suite, () => {
  const inBackground = async (words: readonly string[]) => {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const script = `set -m; stty tostop; ${quoted} & wait \\$!; echo status \\$?`;
    await using pid1 = await startPid1({ command: ["script", "-qec", `bash -c "${script}"`, "/dev/null"] });
    return [await pid1.line(/^status \d+/, 30_000), pid1.lines.join("\n")] as const;
  };

  test("an init with something to say writes it and ends", async () => {
    const [mistake, help] = await inBackground([...inits.forker, "-x", "--", "true"]);
    assert.match(mistake, /^status 1/);
    assert.match(help, /unknown option -x/);
    const [status, log] = await inBackground([...inits.forker, "-vvv", "--", "false"]);
    assert.match(status, /^status 1/);
    assert.match(log, /the command exited with 1/);
  });

  test("the init of workers writes its message and ends", async () => {
    const [status, log] = await inBackground(["env", "FORKER_USER=root", ...inits.forker, "/nosuch.mjs"]);
    assert.match(status, /^status 66/);
    assert.match(log, /got none at \/nosuch.mjs/);
  });

  test("a wrong command line stops forker as writing stops any program, and it goes on in the foreground", async () => {
    const script = `set -m; stty tostop; ${inits.forker.join(" ")} --bogus & wait $!; fg >/dev/null; echo "status $?"`;
    await using pid1 = await startPid1({ command: ["script", "-qec", `bash -c '${script}'`, "/dev/null"] });
    assert.match(await pid1.line(/^status \d+/, 30_000), /^status 64/);
  });
});

describe("information", suite, () => {
  test("-h and -l end with 0", () => {
    for (const option of ["-h", "-l"])
      execFileSync(process.execPath, [entrypoint, option, "--", "x"], { stdio: "pipe" });
  });
});
