// Many tests start processes as other users. Where those cannot enter the checkout (it is under /root, in a folder of
// `mktemp -d`, or was made with a umask of 077), the tests run in a copy that every user can enter.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";

const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
/** The files that such a process needs first; the rest of the checkout has the same modes. */
const needed = ["package.json", "dist/entrypoint.mjs", "node_modules/.bin/node", "test/support/pid1.ts"];
/** Large, and not needed by any test. */
const left = [".git", "examples/shop/node_modules"];
/** Installed by the tests themselves. */
const installed = ".run";

/** The folder to run the tests in: the checkout itself, or a copy of it, which `end` removes. */
export function stage(root) {
  const missing = needed.find((file) => !existsSync(path.join(root, file)));
  if (missing !== undefined) throw new Error(`${missing} is missing in ${root}: run node scripts/setup.mjs first`);
  if (process.getuid() !== 0 || canOthersUse(root)) return { folder: root, end: () => undefined };
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-checkout-"));
  const end = () => rmSync(folder, { recursive: true, force: true });
  try {
    copy(root, folder);
    chmodSync(folder, 0o755);
    run("chmod", ["--recursive", "go+rX", folder]);
    if (!canOthersUse(folder))
      throw new Error(`expected a folder that other users can enter, got ${folder}; set TMPDIR to another`);
  } catch (error) {
    end();
    throw error;
  }
  console.error(`other users cannot enter ${root}: the tests run in a copy of it, ${folder}`);
  return {
    folder,
    end() {
      // So that the next run does not install it again.
      if (existsSync(path.join(folder, installed))) copyInto(path.join(folder, installed), path.join(root, installed));
      end();
    },
  };
}

function canOthersUse(root) {
  return needed.every((file) => spawnSync("setpriv", [...nobody, "test", "-r", path.join(root, file)]).status === 0);
}

/** Whole folders, or the entries of a folder that has something to leave out. */
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
