import { forwardedSignals, meaningfulSignals } from "../../../src/signals/signal-table.ts";
import type { Draws } from "../../support/draws.ts";
import type { Fault } from "./scenario.ts";

/** Of faults that last. They end before the world calms down. */
const longestMs = 60_000;

/** Several jobs of one kind at once do not fill the whole world. */
const burstJobMs = 4_000;

/** execve(2), fork(2), pipe(2), socketpair(2): what spawn() throws, and what it emits. */
const thrown = ["E2BIG", "ENOMEM", "ENOTDIR", "EINVAL", "ELOOP", "EIO", "EPERM", "ETXTBSY", "ENOEXEC", "ENAMETOOLONG"];
const emitted = ["EACCES", "EAGAIN", "EMFILE", "ENFILE", "ENOENT"];

type Undated<Some> = Some extends unknown ? Omit<Some, "atMs"> : never;

const weights = {
  signal: 14,
  signalWorker: 14,
  signalTemplate: 4,
  signalKeeper: 5,
  signalRunner: 0,
  block: 5,
  unkillable: 4,
  freezeWorker: 3,
  stick: 2,
  excuse: 2,
  freezeInit: 2,
  freezeAll: 2,
  spawnFails: 4,
  forkFails: 2,
  forkBroken: 2,
  forkHangs: 2,
  exitHangs: 6,
  stillborn: 2,
  redisDown: 5,
  descriptorsExhausted: 2,
  killFails: 2,
  slow: 3,
  nonsense: 4,
  hangUp: 3,
  oom: 3,
  deploy: 5,
  jobs: 8,
  awaitDrain: 2,
  orphans: 1,
  stopJob: 2,
  status: 1,
  // Drawn by itself, for the worlds in which there is a fleet.
  fleetOrder: 0,
  // Only in combinations.
  blockAfterSignal: 0,
} satisfies Record<Fault["kind"], number>;

/** What may keep init from leaving happens more often while it leaves. */
const lateWeights = { ...weights, unkillable: 20, freezeAll: 12, orphans: 8, awaitDrain: 8, redisDown: 12, jobs: 16 };

export function drawBlockAfterSignal(
  draws: Draws,
  forMs: number,
): Undated<Extract<Fault, { kind: "blockAfterSignal" }>> {
  const signal = handled[draws.below(handled.length)] as NodeJS.Signals;
  return { kind: "blockAfterSignal", choice: draws.below(100), signal, afterMs: draws.below(handledForMs), forMs };
}

/** `isLate`: it comes around the end of the world. */
export function drawFault(draws: Draws, releases: number, isLate = false): Undated<Fault> {
  const one = <Choice>(choices: readonly Choice[]) => choices[draws.below(choices.length)] as Choice;
  const forMs = Math.round(draws.next() < 0.5 ? draws.next() * 5_000 : draws.next() * longestMs);
  const choice = draws.below(100);
  const kind = draws.pick<Fault["kind"]>(isLate ? lateWeights : weights);
  switch (kind) {
    case "signal":
      return { kind, signal: drawSignal(draws) };
    case "signalWorker":
      return {
        kind,
        choice,
        signal: one(deadly.concat("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2")),
      };
    case "blockAfterSignal":
      return drawBlockAfterSignal(draws, forMs);
    case "signalRunner":
      return { kind, choice, signal: one(runnerSignals) };
    case "signalTemplate":
    case "signalKeeper":
      return { kind, signal: one(deadly) };
    case "block":
    case "unkillable":
    case "freezeWorker":
      return { kind, choice, forMs };
    case "stick":
    case "excuse":
    case "oom":
    case "stopJob":
      return { kind, choice };
    case "freezeInit":
    case "freezeAll":
    case "forkFails":
    case "forkBroken":
    case "forkHangs":
    case "exitHangs":
    case "stillborn":
    case "redisDown":
    case "descriptorsExhausted":
    case "killFails":
    case "slow":
      return { kind, forMs };
    case "spawnFails": {
      const throws = draws.next() < 0.5;
      return { kind, throws, errno: one(throws ? thrown : emitted), forMs };
    }
    case "nonsense":
      return { kind, role: drawRole(draws), choice, what: draws.below(100) };
    case "hangUp":
      return { kind, role: drawRole(draws), choice };
    case "deploy":
      return { kind, release: draws.below(releases) };
    case "jobs": {
      const isBurst = draws.next() < 0.2;
      return {
        kind,
        nature: draws.pick({ good: 2, fails: 1, deaf: 2, blocks: 2, poison: 2 }),
        durationMs: isBurst ? Math.min(forMs, burstJobMs) : forMs,
        count: isBurst ? 2 + draws.below(5) : 1,
      };
    }
    case "awaitDrain":
      return { kind, leavesAfterMs: draws.next() < 0.5 ? undefined : forMs };
    case "orphans":
      return { kind, count: 1 + draws.below(3) };
    case "status":
      return { kind };
    case "fleetOrder":
      return drawFleetOrder(draws);
  }
}

/** A fault that only a world with runners can have. */
export function drawRunnerFault(draws: Draws): Undated<Fault> {
  const signal = runnerSignals[draws.below(runnerSignals.length)] as NodeJS.Signals;
  return { kind: "signalRunner", choice: draws.below(100), signal };
}

export function drawFleetOrder(draws: Draws): Undated<Extract<Fault, { kind: "fleetOrder" }>> {
  return { kind: "fleetOrder", order: draws.pick({ suspend: 2, resume: 2, reload: 1 }) };
}

const deadly: NodeJS.Signals[] = ["SIGKILL", "SIGKILL", "SIGSEGV", "SIGSTOP", "SIGCONT"];

const runnerSignals: readonly NodeJS.Signals[] = [...deadly, "SIGUSR1", "SIGTERM"];

/** After these, a worker ends, or its jobs do. */
const handled: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1"];
/** Its event loop may turn a few times before something blocks it. */
const handledForMs = 1_000;

/** Those that end init are rare, because a world ends with them. */
function drawSignal(draws: Draws): NodeJS.Signals {
  const all: readonly NodeJS.Signals[] = [
    ...meaningfulSignals,
    "SIGHUP",
    "SIGHUP",
    "SIGHUP",
    "SIGTTIN",
    "SIGTTOU",
    ...forwardedSignals.slice(0, 2),
  ];
  const signal = all[draws.below(all.length)] as NodeJS.Signals;
  const ends = signal === "SIGTERM" || signal === "SIGQUIT" || signal === "SIGINT";
  return ends && draws.next() < 0.7 ? "SIGHUP" : signal;
}

function drawRole(draws: Draws): "template" | "worker" | "keeper" {
  return draws.pick({ template: 2, worker: 5, keeper: 2 });
}
