import { existsSync } from "node:fs";
import { run } from "./command.ts";

const needed = {
  "/usr/sbin/dockerd": "docker.io",
  "/usr/bin/docker": "docker.io",
  "/usr/bin/docker-compose": "docker-compose",
  "/usr/sbin/iptables": "iptables",
  "/usr/sbin/debootstrap": "debootstrap",
  "/usr/bin/flock": "util-linux",
} as const;

/** Installs what a Debian machine needs to run containers. */
export async function installPackages(): Promise<void> {
  const missing = new Set(Object.entries(needed).flatMap(([file, name]) => (existsSync(file) ? [] : [name])));
  if (missing.size === 0) return;
  if (process.getuid?.() !== 0)
    throw new Error("the container tests install and start a Docker engine: run them as root");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update"], { env, timeoutMs: 180_000 });
  // Without a policy-rc.d, Debian's package also starts a daemon. This second daemon does no harm.
  await run("apt-get", ["install", "-y", "--no-install-recommends", ...missing], { env, timeoutMs: 300_000 });
}
