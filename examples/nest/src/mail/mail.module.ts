import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { MailProcessor } from "./mail.processor.js";
import { Mailer } from "./mailer.js";

@Module({
  imports: [BullModule.registerQueue({ name: "mail" })],
  providers: [Mailer, MailProcessor],
})
export class MailModule {}
