#!/usr/bin/env node
// Builds the addon from its sources, in the repository and in an installed package: `npx forker-build-addon`. It needs a C++
// compiler (CXX, g++ by default) and the headers that Node's own distributions include.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.dirname(fileURLToPath(import.meta.url));
const sourceFolder = path.join(root, "src/native");

const flags = ["-std=c++17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti"];
const warnings = ["-Wall", "-Wextra"];
/** Only for this repository's own builds: newer compilers have more warnings, and an installed package must still build. */
export const strict = ["-Werror"];
// Binds old symbol versions, so that the file loads on every glibc that Node itself runs on.
const linking = ["-static-libstdc++", "-static-libgcc", "-include", "glibc-baseline.h"];

/** The cross compilers, as Debian names them. */
const crossCompilers = { arm64: "aarch64-linux-gnu-g++", x64: "x86_64-linux-gnu-g++" };

/** The name that src/native/binding.ts looks for. */
export function addonName(arch = process.arch) {
  const isMusl = arch === process.arch && readFileSync("/proc/self/maps", "utf8").includes("/ld-musl-");
  return `forker-linux-${arch}${isMusl ? "-musl" : ""}.node`;
}

/** Builds dist/<addonName(arch)> and returns its path. */
export function buildAddon(arch = process.arch, options = []) {
  if (process.platform !== "linux") throw new Error(`the addon can be built only on Linux, got ${process.platform}`);
  const compiler = process.env.CXX ?? (arch === process.arch ? "g++" : crossCompilers[arch]);
  return compileAddon([compiler, ...options], path.join(root, "dist", addonName(arch)));
}

/** `compiler`: a program and its first arguments. */
export function compileAddon([compiler, ...first], file) {
  const sources = readdirSync(sourceFolder).filter((name) => name.endsWith(".cc"));
  mkdirSync(path.dirname(file), { recursive: true });
  // Renamed into place, because a process may be loading the old file.
  const made = `${file}.${process.pid}`;
  const words = [...first, ...flags, ...warnings, ...linking, `-I${nodeHeaders()}`, ...sources, "-o", made];
  try {
    execFileSync(compiler, words, { stdio: "inherit", cwd: sourceFolder });
  } catch (cause) {
    throw cause.code === "ENOENT" ? new Error(missingCompiler(compiler), { cause }) : cause;
  }
  renameSync(made, file);
  return file;
}

/** Debian's package names the program first: g++-aarch64-linux-gnu. */
function missingCompiler(compiler) {
  const [, target] = /^(.+)-g\+\+$/.exec(compiler) ?? [];
  const name = target === undefined ? "g++" : `g++-${target.replaceAll("_", "-")}`;
  return `found no C++ compiler ${compiler}: install it (Debian: apt-get install ${name}), or set CXX to another one`;
}

/**
 * The headers are next to the binary in the official images and archives, and in the repository also in npm's package of Node.
 */
function nodeHeaders() {
  const nearby = path.join(path.dirname(realpathSync(process.execPath)), "../include/node");
  const folders = [nearby, path.join(root, `node_modules/node-linux-${process.arch}/include/node`)];
  const folder = folders.find((one) => existsSync(path.join(one, "uv.h")));
  if (folder !== undefined) return folder;
  throw new Error(
    `found no Node headers in ${nearby}: install the package that contains them (for Alpine's own Node: nodejs-dev)`,
  );
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(buildAddon(process.argv[2]));
  } catch (cause) {
    console.error(`forker-build-addon: ${cause.message}`);
    process.exitCode = 1;
  }
}
