import type { SimulatedProcess } from "../machine/simulated-process.ts";
import { SimulatedSocket } from "../machine/simulated-socket.ts";
import type { Container } from "../models/container.ts";
import { kernel } from "../time/virtual-time.ts";
import { chosen, modelOf } from "./choose.ts";
import { nonsense } from "./nonsense.ts";
import type { Fault, Release } from "./scenario.ts";

/** Makes a fault happen now. One that finds no process to happen to does nothing. */
export function applyFault(container: Container, fault: Fault): void {
  const { machine, windows, store, schedule, scenario, note } = container;
  const living = (role: SimulatedProcess["role"]) => machine.living.filter((one) => one.role === role);
  const worker = (choice: number) => chosen(living("worker"), choice);
  note(describe(fault));
  switch (fault.kind) {
    case "signal":
      return container.signalInit(fault.signal);
    case "signalWorker":
      return signal(container, worker(fault.choice), fault.signal);
    case "blockAfterSignal": {
      const process = worker(fault.choice);
      container.workers.get(process?.pid ?? 0)?.signals.blockAfter(fault);
      return signal(container, process, fault.signal);
    }
    case "signalRunner":
      return signal(container, chosen(living("runner"), fault.choice), fault.signal);
    case "signalTemplate":
      return signal(container, living("template")[0], fault.signal);
    case "signalKeeper":
      return signal(container, living("keeper")[0], fault.signal);
    case "block":
      return worker(fault.choice)?.block(fault.forMs);
    case "freezeWorker":
      return worker(fault.choice)?.freeze(fault.forMs);
    case "unkillable": {
      const process = chosen(fault.role === undefined ? machine.living : living(fault.role), fault.choice);
      if (process === undefined) return;
      // It waits in the kernel, for a dead disk.
      process.unkillableUntil = Math.max(process.unkillableUntil, schedule.time.now + fault.forMs);
      return process.freeze(fault.forMs);
    }
    case "stick":
    case "excuse": {
      const model = container.workers.get(worker(fault.choice)?.pid ?? 0);
      if (model === undefined || model.mode !== "taking") return;
      model.isStuck = true;
      if (fault.kind === "excuse") model.jobs.excuse();
      return;
    }
    case "freezeInit":
      return machine.init.freeze(fault.forMs);
    case "freezeAll":
      machine.freezes.push({ at: schedule.time.now, forMs: fault.forMs });
      machine.init.freeze(fault.forMs);
      for (const process of machine.living) process.freeze(fault.forMs);
      return;
    case "spawnFails":
      return windows.open("spawn", fault.forMs, fault);
    case "forkFails":
      return windows.open("fork", fault.forMs);
    case "forkBroken":
      return windows.open("brokenFork", fault.forMs);
    case "exitHangs":
      return windows.open("exitHangs", exitHangsAtLeastMs + fault.forMs);
    case "forkHangs":
    case "stillborn":
    case "slow":
      return windows.open(fault.kind, fault.forMs);
    case "killFails":
      return windows.open("kill", fault.forMs);
    case "descriptorsExhausted":
      return windows.open("descriptors", fault.forMs);
    case "redisDown":
      windows.open("redis", fault.forMs);
      return noticeRedis(container, fault.forMs);
    case "nonsense":
      return nonsense(container, fault);
    case "hangUp":
      return modelOf(container, chosen(living(fault.role), fault.choice))?.hangUp();
    case "oom": {
      const process = chosen(machine.living, fault.choice);
      if (process !== undefined) machine.oomKill(process);
      return;
    }
    case "deploy":
      container.deployed = scenario.releases[fault.release] as Release;
      return;
    case "jobs":
      for (let count = 0; count < fault.count; count++) store.add(fault.nature, fault.durationMs);
      return;
    case "awaitDrain":
      return awaitDrain(container, fault.leavesAfterMs);
    case "orphans":
      for (let count = 0; count < fault.count; count++) store.addOrphan(scenario.jobMs);
      return;
    case "stopJob": {
      const ids = [...container.workers.values()].flatMap(({ process, jobs }) => (process.isDead ? [] : jobs.ids));
      const id = chosen(ids, fault.choice) ?? "none";
      const ask = { name: "stopJob", queue: "jobs", id } as const;
      schedule.time.after(0, machine.init, () => void container.supervisor.requests.ask(ask, peer));
      return;
    }
    case "fleetOrder":
      return container.fleet.send(fault.order, schedule.time.now);
    case "status": {
      const ask = { name: "status", brief: true } as const;
      schedule.time.after(0, machine.init, () => void container.supervisor.requests.ask(ask, peer));
      return;
    }
  }
}

/** Long enough for some worker to exit meanwhile. */
const exitHangsAtLeastMs = 30_000;

const peer = { pid: 9_999, uid: 0 };

export function describe({ kind, ...details }: Fault): string {
  return `${kind} ${Object.entries(details)
    .filter(([name]) => name !== "atMs")
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ")}`.trim();
}

function signal(
  { machine, signalsSent, schedule }: Container,
  process: SimulatedProcess | undefined,
  name: NodeJS.Signals,
): void {
  if (process === undefined) return;
  signalsSent.push(schedule.time.now);
  machine.kill(process, name, "operator");
}

/** Workers notice that the connection has ended, and that it is back. */
function noticeRedis({ schedule, workers, store }: Container, forMs: number): void {
  const notice = () => {
    for (const model of workers.values()) model.after(schedule.between(1, 50), () => model.changed());
    store.wake();
  };
  notice();
  schedule.time.after(forMs + 1, kernel, notice);
}

/** `forker drain --wait`: it exits, and closes its connection, after the last report or when it no longer wants to wait. */
function awaitDrain(
  { schedule, machine, supervisor, drainWaiters }: Container,
  leavesAfterMs: number | undefined,
): void {
  const waiter = { hasJoined: false, joinedRunningAt: Infinity, hasReport: false, hasLeft: false };
  drainWaiters.push(waiter);
  const [own, inits] = SimulatedSocket.pair(schedule, kernel, machine.init);
  const leave = () => {
    waiter.hasLeft = true;
    own.destroy();
  };
  own.on("data", (bytes: Buffer) => {
    if (!bytes.includes('"exit":')) return;
    waiter.hasReport = true;
    schedule.time.after(schedule.between(1, 500), kernel, leave);
  });
  schedule.time.after(0, machine.init, () => {
    waiter.hasJoined = true;
    waiter.joinedRunningAt = schedule.time.now - machine.init.stillMs;
    supervisor.requests.awaitDrain(inits.asNodes, peer);
  });
  if (leavesAfterMs !== undefined) schedule.time.after(leavesAfterMs, kernel, leave);
}
