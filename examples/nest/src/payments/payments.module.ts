import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { OrdersModule } from "../orders/orders.module.js";
import { PaymentsProcessor } from "./payments.processor.js";

@Module({
  imports: [OrdersModule, BullModule.registerQueue({ name: "payments" })],
  providers: [PaymentsProcessor],
})
export class PaymentsModule {}
