import type { JobName } from "../../protocol/messages.ts";
import { jobText } from "../../text/printable.ts";
import { type Event, type ExitStatus, exitText } from "../state/event.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";

/** A template that can tells why it ends. Of one that did not, only how it ended is known. */
export function templateExitText(template: Template, status: ExitStatus): string {
  const saidNothing = template.state === "loading" && template.failure === undefined && "exitCode" in status;
  const text = exitText(status);
  return saidNothing ? `${text} while it was loading, and did not say why: the cause is unknown` : text;
}

export function orderText(order: Extract<Event, { kind: "order" }>["order"]): string {
  switch (order.kind) {
    case "forward":
      return `forward ${order.signal}`;
    case "killNow":
      return "stop at once";
    case "stopJobs":
      return "stop the ongoing jobs";
    case "addWorker":
      return "add a worker";
    case "removeWorker":
      return "remove a worker";
    case "drain":
    case "stop":
    case "reload":
    case "suspend":
    case "resume":
      return order.kind;
  }
}

export function jobNames(names: readonly JobName[]): string {
  return names.map(jobText).join(" ");
}

/** By which a log line says which worker it is about. */
export function workerFields({ slot, generation, pid }: Worker) {
  return { slot, generation, workerPid: pid };
}
