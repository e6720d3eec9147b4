import { OnQueueEvent, QueueEventsHost, QueueEventsListener } from "@nestjs/bullmq";
import { Logger } from "@nestjs/common";

/** Hears the events of the queue from every process that works on it. */
@QueueEventsListener("orders")
export class OrderEventsListener extends QueueEventsHost {
  private readonly logger = new Logger("orders, everywhere");

  @OnQueueEvent("completed")
  onCompleted({ jobId }: { jobId: string }): void {
    this.logger.log(`completed ${jobId}`);
  }

  @OnQueueEvent("waiting-children")
  onWaitingChildren({ jobId }: { jobId: string }): void {
    this.logger.log(`waiting-children ${jobId}`);
  }
}
