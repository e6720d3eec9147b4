import { Processor, WorkerHost } from "@nestjs/bullmq";
import { Logger, Scope } from "@nestjs/common";
import { Job } from "bullmq";
import { OrdersService } from "../orders/orders.service.js";
import { ReportContext } from "./report-context.js";

/** Nest makes a new one for each job, because its context has request scope. */
@Processor({ name: "reports", scope: Scope.REQUEST })
export class ReportsProcessor extends WorkerHost {
  private readonly logger = new Logger("reports");

  constructor(
    private readonly context: ReportContext,
    private readonly orders: OrdersService,
  ) {
    super();
  }

  async process(job: Job): Promise<Record<string, unknown>> {
    const counts = await this.orders.countByStatus();
    this.logger.log(`made ${job.id} in context ${this.context.number}`);
    return { title: this.context.title, ...counts };
  }
}
