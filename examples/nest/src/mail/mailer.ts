import { Injectable, Logger, type OnApplicationShutdown, type OnModuleDestroy } from "@nestjs/common";

/** Stands for a mail server's client, whose pool is closed when the application shuts down. */
@Injectable()
export class Mailer implements OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger("mailer");

  async send(to: string, subject: string): Promise<string> {
    if (!to.includes("@")) throw new Error(`${to} is not an address`);
    return await Promise.resolve(`sent "${subject}" to ${to}`);
  }

  onModuleDestroy(): void {
    this.logger.log("onModuleDestroy");
  }

  onApplicationShutdown(signal?: string): void {
    this.logger.log(`onApplicationShutdown ${signal}`);
  }
}
