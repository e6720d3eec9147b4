import type { Status } from "../../../src/protocol/status.ts";
import type { Container, ContainerProcess } from "./container.ts";
import { until } from "./until.ts";

export function workersOf(status: Status): number[] {
  return status.slots.flatMap((slot) => slot.workers.map((worker) => worker.pid));
}

/** Ports from 9229 on, where Node's inspector would listen, that anything in the container listens on. */
export async function inspectorPorts(container: Container): Promise<number[]> {
  const { stdout } = await container.exec(["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16))
    .filter((port) => port >= 9229 && port < 9249);
}

/** Resolves when no process of the container is such a one. */
export async function untilNoProcess(container: Container, such: (one: ContainerProcess) => boolean): Promise<void> {
  await until(
    15_000,
    "no such process is left",
    async () => (await container.processes()).filter(such),
    (left) => left.length === 0,
  );
}
