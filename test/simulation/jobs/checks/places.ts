import { concurrencies } from "../application/definition.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import type { Run } from "../world/ledger.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** A worker shows its mode at most this late. */
const shownMs = 150;

/** No worker runs more jobs than its concurrency, another job together with a suspect, or any job in a mode that takes none. */
export function places(world: JobsWorld): JobsCheck {
  const { ledger, server, schedule } = world;
  const suspects = new WeakSet<Run>();
  ledger.beginListeners.push((run) => {
    const { process, forker, queue, id } = run;
    const name = nameOf(queue, id);
    const others = [...ledger.current].filter(
      (one) => one.worker === run.worker && one.lock === "held" && !one.signal.aborted,
    );
    const worker = forker.workers.get(run.worker);
    const { concurrency: ofAll } = worker?.launch.options.spec ?? {};
    const own = concurrencies[queue];
    const sharing = others.filter((one) =>
      own === undefined ? concurrencies[one.queue] === undefined : one.queue === queue,
    );
    const [running, limit] = ofAll === undefined ? [sharing.length, own ?? 1] : [others.length, ofAll];
    const isIsolated = process !== run.worker;
    if (running >= limit)
      return world.violated(`worker ${process.pid} runs ${running + 1} jobs, at most ${limit} were asked for`);
    // No other job shares its process, and it may have waited for that since its worker took it.
    if (isIsolated) return;
    const isSuspect = server.keys().read(`bull:${queue}:${id}`, "hash")?.has("forkerAlone") === true;
    if (isSuspect) suspects.add(run);
    if (others.length > 0 && (isSuspect || others.some((one) => suspects.has(one))))
      return world.violated(`worker ${process.pid} runs suspect ${isSuspect ? name : "job"} together with another job`);
    const mode = worker?.shownMode;
    if (mode !== "suspended" && mode !== "standby" && mode !== "stopping") return;
    schedule.time.after(shownMs, process, () => {
      if (worker?.shownMode === mode) world.violated(`worker ${process.pid} started ${name} while it was ${mode}`);
    });
  });
  return {};
}
