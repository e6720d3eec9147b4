import type { JobName } from "../protocol/messages.ts";
import { jobText } from "../text/printable.ts";
import { type Event, type ExitStatus, exitText } from "./event.ts";
import type { Template } from "./world.ts";

/** Its own failures are told before it ends. */
export function templateExitText(template: Template, status: ExitStatus): string {
  const byTheApplication = template.state === "loading" && template.failure === undefined && "exitCode" in status;
  const text = exitText(status);
  return byTheApplication ? `${text} while it was loading: the application called process.exit()` : text;
}

export function intentText(intent: Extract<Event, { kind: "intent" }>["intent"]): string {
  switch (intent.kind) {
    case "forward":
      return `forward ${intent.signal}`;
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
      return intent.kind;
  }
}

export function jobNames(names: readonly JobName[]): string {
  return names.map(jobText).join(" ");
}
