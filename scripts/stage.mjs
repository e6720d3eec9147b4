// Many tests start processes as other users. Where those cannot enter the checkout (it is under /root, in a folder of
// `mktemp -d`, or was made with a umask of 077), the tests run in a copy that everybody can enter.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";

const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
/** What such a process needs first; the rest of the checkout was made in the same way. */
const needed = ["package.json", "dist/entrypoint.mjs", "node_modules/.bin/node", "test/support/pid1.ts"];
/** Large, and of no use to a test. */
const left = [".git", "examples/shop/node_modules"];
/** What tests install for themselves. */
const installed = ".run";

/** The folder to run the tests in: the checkout itself, or a copy of it, which `end` removes. */
export function stage(root) {
  if (process.getuid() !== 0 || canOthersUse(root)) return { folder: root, end: () => undefined };
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-checkout-"));
  const end = () => rmSync(folder, { recursive: true, force: true });
  try {
    copy(root, folder);
    chmodSync(folder, 0o755);
    run("chmod", ["--recursive", "go+rX", folder]);
    if (!canOthersUse(folder))
      throw new Error(`other users cannot enter ${folder} either: set TMPDIR to a folder that they can`);
  } catch (error) {
    end();
    throw error;
  }
  console.error(`other users cannot enter ${root}: the tests run in a copy of it, ${folder}`);
  return {
    folder,
    end() {
      // The next run does not install it again.
      if (existsSync(path.join(folder, installed))) copyInto(path.join(folder, installed), path.join(root, installed));
      end();
    },
  };
}

function canOthersUse(root) {
  return needed.every((file) => spawnSync("setpriv", [...nobody, "test", "-r", path.join(root, file)]).status === 0);
}

/** Whole folders, and of those that have something to be left out, their entries. */
function copy(from, to, inside = "") {
  for (const name of readdirSync(path.join(from, inside))) {
    const entry = path.join(inside, name);
    if (left.includes(entry)) continue;
    if (left.some((one) => one.startsWith(`${entry}/`))) {
      mkdirSync(path.join(to, entry));
      copy(from, to, entry);
    } else run("cp", ["--archive", "--reflink=auto", path.join(from, entry), path.join(to, inside)]);
  }
}

function copyInto(from, to) {
  run("cp", ["--archive", "--reflink=auto", "--no-target-directory", from, to]);
}

function run(command, words) {
  const { status, error, stderr } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${error?.message ?? stderr}`);
}
