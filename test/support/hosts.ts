import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { readlinkSync } from "node:fs";
import { promisify } from "node:util";
import type { Pid1 } from "./pid1.ts";

const run = promisify(execFile);

/**
 * Wraps a command that runs on a host of its own: a network namespace and a host name. It starts when `plugIn()` has connected the
 * host.
 */
export function onHost(name: string): readonly string[] {
  const begin = 'hostname "$0" && read -r REDIS_URL && export REDIS_URL && exec "$@"';
  return ["unshare", "--net", "--uts", "sh", "-c", begin, name];
}

/** A network of this test alone, in a range that is reserved for tests of networks. */
export class Network {
  readonly #id = randomInt(1, 65_000);
  #hosts = 0;

  /**
   * Connects the host with this machine by a pair of virtual interfaces, which the kernel removes with the namespace. Returns this
   * machine's address in it.
   */
  async connect(pid1: Pid1): Promise<string> {
    const own = readlinkSync("/proc/self/ns/net");
    await pid1.until("its network namespace", () => readlinkSync(`/proc/${pid1.outerPid}/ns/net`) !== own);
    const at = this.#hosts++ * 4;
    const base = `198.${18 + (this.#id >> 15)}.${(this.#id >> 7) & 255}`;
    const start = ((this.#id & 127) >> 6) * 128 + at;
    const [here, there] = [`${base}.${start + 1}`, `${base}.${start + 2}`];
    const device = `fk${this.#id}h${this.#hosts}`;
    const inside = ["-t", String(pid1.outerPid), "--net", "ip"];
    await run("ip", ["link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", String(pid1.outerPid)]);
    await run("ip", ["address", "add", `${here}/30`, "dev", device]);
    await run("ip", ["link", "set", device, "up"]);
    await run("nsenter", [...inside, "address", "add", `${there}/30`, "dev", "eth0"]);
    await run("nsenter", [...inside, "link", "set", "eth0", "up"]);
    await run("nsenter", [...inside, "link", "set", "lo", "up"]);
    return here;
  }
}

/** Tells a host where its Redis is, so that its command starts. */
export function plugIn(pid1: Pid1, redisUrl: string): void {
  pid1.stdin.write(`${redisUrl}\n`);
}
