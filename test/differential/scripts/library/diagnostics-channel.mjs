import { channel, subscribe, tracingChannel } from "node:diagnostics_channel";

subscribe("differential", (message, name) => console.log(name, message));
channel("differential").publish({ a: 1 });
const traced = tracingChannel("traced");
traced.subscribe({
  start: () => console.log("start"),
  end: () => console.log("end"),
  asyncEnd: () => console.log("asyncEnd"),
});
await traced.tracePromise(async () => 1, {});
