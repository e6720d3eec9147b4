import type net from "node:net";
import type { ListenForRunners } from "../../../../src/worker/runners/runner-listener.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import { SimulatedSocket } from "../../machine/simulated-socket.ts";
import type { SimulatedForker } from "./simulated-forker.ts";

interface Listening {
  readonly worker: SimulatedProcess;
  readonly accept: (socket: net.Socket) => void;
}

/** The abstract sockets of a container's workers, at which they accept their runners. */
export class RunnerListeners {
  readonly #forker: SimulatedForker;
  readonly #byName = new Map<string, Listening>();

  constructor(forker: SimulatedForker) {
    this.#forker = forker;
  }

  /** For a worker. */
  listenFor(worker: SimulatedProcess): ListenForRunners {
    return (accept) => {
      let name = "";
      return {
        open: (socketName) => {
          name = socketName;
          this.#byName.set(name, { worker, accept });
          return Promise.resolve();
        },
        close: () => void this.#byName.delete(name),
      };
    };
  }

  /** The worker that listens there, or has listened there. */
  workerAt(socketName: string): SimulatedProcess | undefined {
    return this.#byName.get(socketName)?.worker;
  }

  /** For a runner. */
  dialFor(runner: SimulatedProcess): (socketName: string) => Promise<net.Socket> {
    return (socketName) => {
      const listening = this.#byName.get(socketName);
      if (listening === undefined || listening.worker.isDead)
        return Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
      const { worker, accept } = listening;
      const { schedule } = this.#forker;
      const [own, workers] = SimulatedSocket.pair(schedule, runner, worker);
      this.#forker.owns(runner, own);
      this.#forker.owns(worker, workers);
      // It waits in the kernel's queue until the worker accepts it.
      schedule.time.after(0, worker, () => accept(workers.asNodes), schedule.rank());
      return Promise.resolve(own.asNodes);
    };
  }
}
