import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { CheckoutModule } from "./checkout/checkout.module.js";
import { database } from "./database.js";
import { MailModule } from "./mail/mail.module.js";
import { OrdersModule } from "./orders/orders.module.js";
import { PaymentsModule } from "./payments/payments.module.js";
import { ReportsModule } from "./reports/reports.module.js";

@Module({
  imports: [
    BullModule.forRoot({ connection: { url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379" } }),
    TypeOrmModule.forRoot(database),
    CheckoutModule,
    OrdersModule,
    PaymentsModule,
    MailModule,
    ReportsModule,
  ],
})
export class AppModule {}
