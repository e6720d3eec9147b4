import type { Queue } from "bullmq";
import type { Task } from "../../time/virtual-time.ts";
import { queues } from "../application/definition.ts";
import type { JobPlan } from "../scenario/scenario.ts";
import type { JobsWorld } from "./jobs-world.ts";

/** A process that adds jobs. It has no faults of its own. */
export class Producer {
  readonly host = { isDead: false, canRun: true, overdue: [] as Task[] };
  readonly #world: JobsWorld;
  readonly #queues = new Map<string, Queue>();
  #count = 0;

  constructor(world: JobsWorld) {
    this.#world = world;
    const { time } = world.schedule;
    const before = time.running;
    time.running = this.host;
    for (const name of queues) this.#queues.set(name, this.#open(name));
    time.running = before;
  }

  add({ queue, data }: JobPlan): void {
    const { ledger } = this.#world;
    const id = `j${this.#count++}`;
    this.#world.note(`add ${queue} ${id} ${JSON.stringify(data)}`);
    // With an id of its own, a job whose answer was lost is added only once.
    void this.#queue(queue)
      .add(data.kind, data, { jobId: id })
      .then(() => ledger.add(queue, id, data))
      .catch((cause: unknown) => this.#world.failed(cause));
  }

  #queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`there is no queue ${name}`);
    return queue;
  }

  #open(name: string): Queue {
    const { network, bull } = this.#world;
    const connection = {
      Connector: network.connectorOf(this.host),
      maxRetriesPerRequest: null,
      replyMapping: "legacy",
      retryStrategy: () => 50,
    };
    const queue = new bull.api.Queue(name, { connection, skipVersionCheck: true });
    queue.on("error", () => undefined);
    return queue;
  }
}
