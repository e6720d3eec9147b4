import { Inject, Injectable, Scope } from "@nestjs/common";
import { REQUEST } from "@nestjs/core";
import { Job } from "bullmq";

/** One for each job: what would be one for each request in a web application. */
@Injectable({ scope: Scope.REQUEST })
export class ReportContext {
  static made = 0;
  readonly number = ++ReportContext.made;

  constructor(@Inject(REQUEST) private readonly job: Job<{ title: string }>) {}

  get title(): string {
    return `${this.job.data.title} (${this.job.id})`;
  }
}
