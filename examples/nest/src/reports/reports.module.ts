import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { OrdersModule } from "../orders/orders.module.js";
import { ReportContext } from "./report-context.js";
import { ReportsProcessor } from "./reports.processor.js";

@Module({
  imports: [OrdersModule, BullModule.registerQueue({ name: "reports" })],
  providers: [ReportContext, ReportsProcessor],
})
export class ReportsModule {}
