import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { OrdersModule } from "../orders/orders.module.js";
import { CheckoutProcessor } from "./checkout.processor.js";

@Module({
  imports: [
    OrdersModule,
    BullModule.registerQueue({ name: "checkout" }),
    BullModule.registerFlowProducer({ name: "shipments" }),
  ],
  providers: [CheckoutProcessor],
})
export class CheckoutModule {}
