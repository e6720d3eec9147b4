import { OnWorkerEvent, Processor, WorkerHost } from "@nestjs/bullmq";
import { Logger } from "@nestjs/common";
import { Job, UnrecoverableError } from "bullmq";
import { OrdersService } from "../orders/orders.service.js";

interface Charge {
  readonly order: number;
  readonly cents: number;
}

/** Charges the customer. The bank answers large amounts at the second attempt only, and refuses what is free. */
@Processor("payments", { concurrency: 5, lockDuration: 60_000 })
export class PaymentsProcessor extends WorkerHost {
  private readonly logger = new Logger("payments");

  constructor(private readonly orders: OrdersService) {
    super();
  }

  async process(job: Job<Charge>): Promise<{ charged: number }> {
    const { order, cents } = job.data;
    if (cents <= 0) {
      await this.orders.mark(order, "refused");
      throw new UnrecoverableError(`order ${order} has nothing to charge`);
    }
    if (cents > 10_000 && job.attemptsMade === 0) throw new Error("the bank is busy");
    await this.orders.mark(order, "paid");
    return { charged: cents };
  }

  @OnWorkerEvent("completed")
  onCompleted(job: Job, result: unknown): void {
    this.logger.log(`completed ${job.id} ${JSON.stringify(result)}`);
  }

  @OnWorkerEvent("failed")
  onFailed(job: Job | undefined, error: Error): void {
    this.logger.log(`failed ${job?.id} ${error.message}`);
    if (job !== undefined && job.finishedOn !== undefined)
      this.logger.log(`dead letter ${job.id} after ${job.attemptsMade}`);
  }
}
