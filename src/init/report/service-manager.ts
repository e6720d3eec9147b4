import { getSystemErrorName } from "node:util";
import type { LeveledLog } from "../../log/leveled-log.ts";
import { printable } from "../../text/printable.ts";
import type { World } from "../state/world.ts";
import { isReloading } from "./build-status.ts";

export interface ServiceManagerDependencies {
  readonly world: World;
  readonly log: LeveledLog;
  /** Sends a datagram without waiting. Returns 0, or an errno. */
  readonly send: (text: string) => number;
  /** The service manager restarts the service if it hears nothing for this long. undefined: it does not watch. */
  readonly watchdogMs: number | undefined;
  /** Why the slots are not ready. null: they are. */
  readonly notReadyReason: () => string | null;
}

/** The state of which the service manager was notified last. A reload ends with READY=1, as the start does. */
type Told = "nothing" | "ready" | "reloading" | "stopping";

/** Tells the service manager what init does, by the protocol of sd_notify(3). */
export class ServiceManager {
  readonly #with: ServiceManagerDependencies;
  #told: Told = "nothing";
  #status = "";
  #watchdogAt = -Infinity;
  #failure = 0;

  constructor(dependencies: ServiceManagerDependencies) {
    this.#with = dependencies;
  }

  /** Called at each turn of init's loop, which is at least once a second. What could not be sent is sent at the next one. */
  turned(now: number): void {
    const { world, watchdogMs } = this.#with;
    const next = toTell(world, this.#told);
    if (next !== this.#told && this.#send(textOf(next, now))) this.#told = next;
    const status = statusOf(world, this.#with.notReadyReason());
    if (status !== this.#status && this.#send(`STATUS=${status}`)) this.#status = status;
    if (watchdogMs === undefined || now - this.#watchdogAt < watchdogMs / 4) return;
    if (this.#send("WATCHDOG=1")) this.#watchdogAt = now;
  }

  /** Logs a failure once, until a datagram arrives again. */
  #send(text: string): boolean {
    const errno = this.#with.send(text);
    if (errno !== 0 && errno !== this.#failure)
      this.#with.log.warn({ cause: getSystemErrorName(-errno) }, "could not notify the service manager; trying again");
    this.#failure = errno;
    return errno === 0;
  }
}

function toTell(world: World, told: Told): Told {
  if (world.phase === "draining" || world.phase === "stopping") return "stopping";
  if (!world.isUp) return told;
  return isReloading(world) && told !== "nothing" ? "reloading" : "ready";
}

/** systemd needs the time to tell the reload that it has ordered from an earlier one. The clock is CLOCK_MONOTONIC. */
function textOf(told: Told, now: number): string {
  switch (told) {
    case "nothing":
      return "";
    case "ready":
      return "READY=1";
    case "reloading":
      return `RELOADING=1\nMONOTONIC_USEC=${Math.round(now * 1_000)}`;
    case "stopping":
      return "STOPPING=1";
  }
}

function statusOf({ phase, suspended, current }: World, notReadyReason: string | null): string {
  if (phase !== "running") return phase;
  const state = suspended ? "suspended" : printable(notReadyReason ?? "every slot takes jobs");
  return `generation ${current?.number ?? 0}: ${state}`;
}
