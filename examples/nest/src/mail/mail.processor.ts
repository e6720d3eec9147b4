import { OnWorkerEvent, Processor, WorkerHost } from "@nestjs/bullmq";
import { Logger } from "@nestjs/common";
import { Job } from "bullmq";
import { Mailer } from "./mailer.js";

/** The mail server accepts five mails a second. */
@Processor("mail", {
  concurrency: 10,
  limiter: { max: 5, duration: 1000 },
  settings: { backoffStrategy: (attemptsMade: number) => attemptsMade * 150 },
})
export class MailProcessor extends WorkerHost {
  private readonly logger = new Logger("mail");

  constructor(private readonly mailer: Mailer) {
    super();
  }

  async process(job: Job<{ mail: string; order: number }>): Promise<string> {
    return await this.mailer.send(job.data.mail, `Your order ${job.data.order}`);
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
