import type { FleetKeys } from "../../../../src/bull/keys/fleet-keys.ts";
import { withRule } from "../../../../src/protocol/fleet.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import { kernel } from "../../time/virtual-time.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import type { Producer } from "../world/producer.ts";
import type { JobsFault } from "./scenario.ts";

const tenMinutesMs = 600_000;
const fleetOrderMs = 10_000;
const peer = { pid: 9_999, uid: 0 };

/** Makes a fault happen now. One that finds no process to happen to does nothing. */
export function applyJobsFault(world: JobsWorld, producer: Producer, fault: JobsFault): void {
  world.note(describeFault(fault));
  const { server, network, refusals, schedule } = world;
  const { time } = schedule;
  const forker = world.forkers[fault.choice % world.forkers.length];
  if (forker === undefined) return;
  const chosen = (role: SimulatedProcess["role"]) => {
    const living = forker.isOver ? [] : forker.living.filter((one) => one.role === role);
    return living[fault.choice % Math.max(1, living.length)];
  };
  /** Most often one that runs a job. */
  const chosenRunner = () => {
    const busy = [...world.ledger.current].flatMap((run) =>
      run.forker === forker && run.process !== run.worker ? run.process : [],
    );
    return fault.choice % 4 === 0 || busy.length === 0 ? chosen("runner") : busy[fault.choice % busy.length];
  };
  const later = (ms: number, run: () => void) => void time.after(ms, kernel, run);
  const kill = (process: SimulatedProcess | undefined, signal: NodeJS.Signals) => {
    if (process !== undefined) forker.machine.kill(process, signal, "operator");
  };
  switch (fault.kind) {
    case "killWorker":
      return kill(chosen("worker"), "SIGKILL");
    case "killKeeper":
      return kill(chosen("keeper"), "SIGKILL");
    case "freezeWorker":
      return chosen("worker")?.freeze(fault.forMs);
    case "freezeKeeper":
      return chosen("keeper")?.freeze(fault.forMs);
    case "blockWorker":
      return chosen("worker")?.block(fault.forMs);
    case "stopWorker": {
      const process = chosen("worker");
      kill(process, "SIGSTOP");
      return later(fault.forMs, () => kill(process, "SIGCONT"));
    }
    case "freezeForker":
      for (const process of [forker.machine.init, ...forker.living]) process.freeze(fault.forMs);
      return;
    case "killRunner":
      return kill(chosenRunner(), fault.signal);
    case "crashRunner": {
      const process = chosenRunner();
      if (process?.canRun !== true) return;
      const end = fault.end === "exit" ? { exitCode: 3 } : { signal: fault.end };
      return forker.machine.processEnded(process, end, "crash");
    }
    case "freezeRunner":
      return chosenRunner()?.freeze(fault.forMs);
    case "blockRunner":
      return chosenRunner()?.block(fault.forMs);
    case "signalWorker":
      return kill(chosen("worker"), fault.signal);
    case "signalForker":
      return forker.signal(fault.signal);
    case "killForker":
      return forker.kill();
    case "stopJob":
      return stopJob(world, forker, fault.choice);
    case "fleetOrder":
      return producer.do(async () => await orderFleet(producer.fleet, fault.order));
    case "refused":
    case "silent":
      server.setReachability(fault.kind);
      return later(fault.forMs, () => {
        if (server.reachability === fault.kind) server.setReachability("up");
      });
    case "refusal":
      return refusals.refuse(fault.code, fault.writesOnly, fault.forMs, fault.share);
    case "inScript":
      return refusals.refuseInScripts(fault.command, fault.forMs);
    case "loseAnswers":
      return refusals.lose(fault.when, fault.share, fault.forMs);
    case "closeConnections":
      return server.closeConnections();
    case "refuseConnections":
      refusals.refuseConnections(fault.code, fault.forMs);
      return fault.closes ? server.closeConnections() : undefined;
    case "slowLink": {
      const process = chosen(fault.role);
      if (process === undefined) return;
      network.slow(process, { untilMs: time.now + fault.forMs, byMs: fault.byMs });
      return fault.diesAfterMs === undefined ? undefined : later(fault.diesAfterMs, () => kill(process, "SIGKILL"));
    }
    case "cutOff": {
      const process = chosen(fault.role);
      if (process !== undefined) network.cut(process, time.now + fault.forMs);
      return;
    }
    case "cutOffForker":
      forker.cutOffUntil = time.now + fault.forMs;
      for (const process of forker.isOver ? [] : forker.living) network.cut(process, forker.cutOffUntil);
      return;
    case "dieCutOff": {
      const process = chosen("worker");
      if (process === undefined) return;
      network.cut(process, time.now + fault.forMs);
      return later(fault.diesAfterMs, () => kill(process, "SIGKILL"));
    }
    case "failover":
      world.failovers.push(time.now);
      server.failOver(fault.loseMs);
      return world.books.rolledBack();
    case "skew": {
      const process = chosen("worker");
      if (process !== undefined) world.facts.set(process, { pid: process.pid, skewMs: fault.byMs });
      return;
    }
    case "slowNetwork":
      network.slowUntil = time.now + fault.forMs;
      return;
    case "pauseQueue":
      producer.do(async () => await producer.queue(fault.queue).pause());
      return later(fault.forMs, () => releaseQueue(producer, fault));
    case "limitQueue":
      producer.do(async () => await producer.queue(fault.queue).setGlobalRateLimit(1, tenMinutesMs));
      return later(fault.forMs, () => releaseQueue(producer, fault));
  }
}

/** An operator lets workers take from the queue again. */
export function releaseQueue(
  producer: Producer,
  { kind, queue }: Extract<JobsFault, { readonly kind: "pauseQueue" | "limitQueue" }>,
): void {
  if (kind === "pauseQueue") producer.do(async () => await producer.queue(queue).resume());
  else producer.do(async () => await producer.queue(queue).setGlobalRateLimit(1_000, 1_000));
}

/** `forker fleet`, which does not wait for answers. */
export async function orderFleet(keys: FleetKeys, name: "suspend" | "resume" | "reload"): Promise<void> {
  const found = await keys.list();
  const by = "ops (pid 1)";
  const rules =
    name === "reload" ? undefined : withRule(found.rules, "*", { suspended: name === "suspend", by }, found.nowMs);
  await keys.send(found, rules, { order: { name }, hosts: "*", by }, fleetOrderMs);
}

/** `forker stop-job`, for a job that runs. */
function stopJob(world: JobsWorld, forker: SimulatedForker, choice: number): void {
  const runs = [...world.ledger.current].filter((run) => run.forker === forker);
  const run = runs[choice % Math.max(1, runs.length)];
  if (run === undefined || forker.isOver) return;
  const { time } = world.schedule;
  const ask = { name: "stopJob", queue: run.queue, id: run.id } as const;
  time.after(0, forker.machine.init, () => {
    void forker.supervisor.requests.ask(ask, peer).then((answer) => {
      const { ended } = answer as { readonly ended: string };
      world.note(`stop-job ${run.queue}:${run.id}: ${ended}`);
      if (ended === "byItself" && run.abortedAt < run.endedAt)
        world.violated(`stop-job says that ${run.queue}:${run.id} ended by itself; its signal was aborted before that`);
    });
  });
}

export function describeFault({ kind, ...details }: JobsFault): string {
  const text = Object.entries(details).filter(([name]) => name !== "atMs");
  return `${kind} ${text.map(([name, value]) => `${name}=${String(value)}`).join(" ")}`.trim();
}
