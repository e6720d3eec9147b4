import { OnWorkerEvent, Processor, WorkerHost } from "@nestjs/bullmq";
import { Logger } from "@nestjs/common";
import { Job } from "bullmq";
import { OrdersService } from "./orders.service.js";

/** Ships an order when its payment and its confirmation, the children of this job, are done. */
@Processor("orders", { concurrency: 5, removeOnComplete: { count: 20 }, metrics: { maxDataPoints: 60 } })
export class OrdersProcessor extends WorkerHost {
  private readonly logger = new Logger("orders");

  constructor(private readonly orders: OrdersService) {
    super();
  }

  async process(job: Job<{ order: number }>): Promise<{ shipped: number; after: number }> {
    const children = await job.getChildrenValues();
    await job.updateProgress(50);
    await this.orders.mark(job.data.order, "shipped");
    return { shipped: job.data.order, after: Object.keys(children).length };
  }

  @OnWorkerEvent("active")
  onActive(job: Job): void {
    this.logger.log(`active ${job.id}`);
  }

  @OnWorkerEvent("progress")
  onProgress(job: Job, progress: number): void {
    this.logger.log(`progress ${job.id} ${progress}`);
  }

  @OnWorkerEvent("completed")
  onCompleted(job: Job, result: unknown): void {
    this.logger.log(`completed ${job.id} ${JSON.stringify(result)}`);
  }

  @OnWorkerEvent("failed")
  onFailed(job: Job | undefined, error: Error): void {
    this.logger.log(`failed ${job?.id} ${error.message}`);
  }
}
