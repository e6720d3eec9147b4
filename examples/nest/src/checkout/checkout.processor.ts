import { InjectFlowProducer, OnWorkerEvent, Processor, WorkerHost } from "@nestjs/bullmq";
import { Logger } from "@nestjs/common";
import { FlowProducer, Job } from "bullmq";
import { OrdersService } from "../orders/orders.service.js";

interface Checkout {
  readonly order: number;
  readonly cents: number;
  readonly mail: string;
}

/** Places an order, and starts the flow that ends with its shipment. */
@Processor("checkout", { concurrency: 2 })
export class CheckoutProcessor extends WorkerHost {
  private readonly logger = new Logger("checkout");

  constructor(
    private readonly orders: OrdersService,
    @InjectFlowProducer("shipments") private readonly flows: FlowProducer,
  ) {
    super();
  }

  async process({ data }: Job<Checkout>): Promise<string> {
    await this.orders.place(data.order, data.cents);
    const opts = { attempts: 3, backoff: { type: "exponential", delay: 100 }, failParentOnFailure: true };
    const { job } = await this.flows.add({
      name: "ship",
      queueName: "orders",
      data: { order: data.order },
      opts: { jobId: `ship-${data.order}` },
      children: [
        { name: "charge", queueName: "payments", data, opts: { ...opts, jobId: `charge-${data.order}` } },
        { name: "confirm", queueName: "mail", data, opts: { ...opts, jobId: `confirm-${data.order}` } },
      ],
    });
    return String(job.id);
  }

  @OnWorkerEvent("completed")
  onCompleted(job: Job, result: unknown): void {
    this.logger.log(`completed ${job.id} ${JSON.stringify(result)}`);
  }
}
