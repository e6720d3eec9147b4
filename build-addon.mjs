#!/usr/bin/env node
// Builds the addon from its sources, in the repository and in an installed package alike: `npx forker-build-addon`.
// It needs a C++ compiler (CXX, g++ by default) and the headers that Node's own distributions bring with the binary.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.dirname(fileURLToPath(import.meta.url));
const sourceFolder = path.join(root, "src/native");

const flags = ["-std=c++17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti"];
const warnings = ["-Wall", "-Wextra"];
/** For this repository's own builds only: a newer compiler warns of more, and an installed package must still build. */
export const strict = ["-Werror"];
// Symbols of old versions, where there are any: so the file loads on every glibc that Node itself runs on.
const linking = ["-static-libstdc++", "-static-libgcc", "-include", "glibc-baseline.h"];

/** Debian's names of the compilers for another architecture than the machine's. */
const crossCompilers = { arm64: "aarch64-linux-gnu-g++", x64: "x86_64-linux-gnu-g++" };

/** As src/native/binding.ts looks for it. */
export function addonName(arch = process.arch) {
  const isMusl = arch === process.arch && readFileSync("/proc/self/maps", "utf8").includes("/ld-musl-");
  return `forker-linux-${arch}${isMusl ? "-musl" : ""}.node`;
}

/** Makes dist/<addonName(arch)>, and gives its path. */
export function buildAddon(arch = process.arch, options = []) {
  if (process.platform !== "linux") throw new Error(`the addon is for Linux, this is ${process.platform}`);
  const compiler = process.env.CXX ?? (arch === process.arch ? "g++" : crossCompilers[arch]);
  return compileAddon([compiler, ...options], path.join(root, "dist", addonName(arch)));
}

/** Compiler: a program, and what it is told before all else. */
export function compileAddon([compiler, ...first], file) {
  const sources = readdirSync(sourceFolder).filter((name) => name.endsWith(".cc"));
  mkdirSync(path.dirname(file), { recursive: true });
  // Put in place at once: a process may be loading the one that is there.
  const made = `${file}.${process.pid}`;
  execFileSync(compiler, [...first, ...flags, ...warnings, ...linking, `-I${nodeHeaders()}`, ...sources, "-o", made], {
    stdio: "inherit",
    cwd: sourceFolder,
  });
  renameSync(made, file);
  return file;
}

/** Beside the binary, as in the official images and archives; in the repository in npm's own package of Node, too. */
function nodeHeaders() {
  const beside = path.join(path.dirname(realpathSync(process.execPath)), "../include/node");
  const folders = [beside, path.join(root, `node_modules/node-linux-${process.arch}/include/node`)];
  const folder = folders.find((one) => existsSync(path.join(one, "uv.h")));
  if (folder !== undefined) return folder;
  throw new Error(`no Node headers in ${beside}: install the package that has them (Alpine's own Node: nodejs-dev)`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(buildAddon(process.argv[2]));
  } catch (cause) {
    console.error(`forker-build-addon: ${cause.message}`);
    process.exitCode = 1;
  }
}
