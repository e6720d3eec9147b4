import type { FlowJob, FlowProducer, JobsOptions, Queue } from "bullmq";
import { FleetKeys } from "../../../../src/bull/keys/fleet-keys.ts";
import type { Task } from "../../time/virtual-time.ts";
import { type QueueName, queues } from "../application/definition.ts";
import { producerName } from "../network/refusals.ts";
import type { JobPlan, SchedulerPlan } from "../scenario/scenario.ts";
import type { JobsWorld } from "./jobs-world.ts";

type OneJob = Omit<JobPlan, "atMs" | "children">;

/** A process that adds jobs. It has no faults of its own. */
export class Producer {
  readonly host = { isDead: false, canRun: true, overdue: [] as Task[] };
  readonly #world: JobsWorld;
  readonly #queues = new Map<string, Queue>();
  readonly #flows: FlowProducer;
  #fleet: FleetKeys | undefined;
  #count = 0;

  constructor(world: JobsWorld) {
    this.#world = world;
    const { time } = world.schedule;
    world.network.spared.add(this.host);
    const before = time.running;
    time.running = this.host;
    const { Queue: BullQueue, FlowProducer: Flows } = world.bull.api;
    const options = { connection: this.#connection(), skipVersionCheck: true };
    for (const name of queues) {
      const queue = new BullQueue(name, { ...options, connection: this.#connection() });
      queue.on("error", () => undefined);
      this.#queues.set(name, queue);
    }
    this.#flows = new Flows(options);
    this.#flows.on("error", () => undefined);
    time.running = before;
  }

  add({ children = [], ...plan }: JobPlan): void {
    this.#do(async () => {
      if (children.length === 0) {
        const id = this.#newId();
        await this.queue(plan.queue).add(plan.data.kind, plan.data, { jobId: id, ...optionsOf(plan) });
        this.#added(plan, id, []);
        return;
      }
      const ids = children.map(() => this.#newId());
      const parent = this.#newId();
      const flow: FlowJob = {
        ...this.#flowJob(plan, parent),
        children: children.map((child, at) => this.#flowJob(child, ids[at] as string, true)),
      };
      await this.#flows.add(flow);
      for (const [at, child] of children.entries()) this.#added(child, ids[at] as string, []);
      this.#added(
        plan,
        parent,
        children.map((child, at) => `${child.queue}:${ids[at]}`),
      );
    });
  }

  schedule({ queue, everyMs }: SchedulerPlan): void {
    this.#world.note(`schedule ${queue} every ${everyMs} ms`);
    const template = { name: "good", data: { kind: "good", runMs: 50 } };
    this.#do(async () => void (await this.queue(queue).upsertJobScheduler("cron", { every: everyMs }, template)));
  }

  queue(name: QueueName): Queue {
    return this.#queues.get(name) as Queue;
  }

  /** For `do()`. It connects when it is first used. */
  get fleet(): FleetKeys {
    if (this.#fleet !== undefined) return this.#fleet;
    const client = new this.#world.bull.Redis(this.#connection());
    client.on("error", () => undefined);
    this.#fleet = new FleetKeys(client, "bull");
    return this.#fleet;
  }

  /** Does something with BullMQ, as this process. */
  do(work: () => Promise<unknown>): void {
    this.#world.schedule.time.after(0, this.host, () => this.#do(work));
  }

  #do(work: () => Promise<unknown>): void {
    work().catch((cause: unknown) => this.#world.failed(cause));
  }

  #newId(): string {
    return `j${this.#count++}`;
  }

  #flowJob({ queue, data, ...plan }: OneJob, id: string, isChild = false) {
    const opts: JobsOptions = { jobId: id, ...optionsOf({ queue, data, ...plan }), ...(isChild && failParent) };
    return { name: data.kind, queueName: queue, data, opts };
  }

  #added(plan: OneJob, id: string, children: readonly string[]): void {
    const { queue, data } = plan;
    this.#world.note(`added ${queue}:${id} ${JSON.stringify({ ...plan, children })}`);
    this.#world.ledger.add({ queue, id, data, plan, children });
  }

  #connection() {
    return {
      Connector: this.#world.network.connectorOf(this.host),
      connectionName: producerName,
      maxRetriesPerRequest: null,
      replyMapping: "legacy" as const,
      retryStrategy: () => 50,
    };
  }
}

const failParent = { failParentOnFailure: true };

function optionsOf({ attempts, backOffMs, delayMs, priority }: OneJob): JobsOptions {
  return {
    ...(attempts !== undefined && { attempts }),
    ...(backOffMs !== undefined && { backoff: { type: "fixed", delay: backOffMs } }),
    ...(delayMs !== undefined && { delay: delayMs }),
    ...(priority !== undefined && { priority }),
  };
}
