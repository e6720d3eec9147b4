import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { Order } from "./order.entity.js";
import { OrderEventsListener } from "./order-events.listener.js";
import { OrdersProcessor } from "./orders.processor.js";
import { OrdersService } from "./orders.service.js";

@Module({
  imports: [TypeOrmModule.forFeature([Order]), BullModule.registerQueue({ name: "orders" })],
  providers: [OrdersService, OrdersProcessor, OrderEventsListener],
  exports: [OrdersService],
})
export class OrdersModule {}
