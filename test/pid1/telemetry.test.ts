// OpenTelemetry with bullmq-otel: the span of a job continues the producer's, wherever forker runs the job.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { Queue } from "bullmq";
import { BullMQOtel } from "bullmq-otel";
import { eventually } from "../support/deadline.ts";
import { Forker, type ForkerOptions } from "../support/forker.ts";
import { OtlpReceiver } from "../support/otlp-receiver.ts";

const waitMs = 60_000;
const produced = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(produced)] });
provider.register();
after(async () => await provider.shutdown());

const ways: readonly (ForkerOptions & { readonly where: string; readonly isInRunner?: boolean })[] = [
  { where: "in a forked worker", file: "workers.mjs" },
  { where: "in a spawned worker", file: "workers.mjs", engine: "spawn" },
  { where: "in a Worker of the application", file: "own-workers.mjs" },
  {
    where: "in a runner of an isolated queue",
    file: "workers.mjs",
    env: { FORKER_ISOLATION: "jobs" },
    isInRunner: true,
  },
];

describe("the span of a job continues the producer's span", () => {
  for (const { where, isInRunner = false, ...options } of ways)
    test(where, async () => {
      await using receiver = await OtlpReceiver.start();
      const env = { OTLP_URL: receiver.url, ...options.env };
      await using forker = await Forker.start({ fixture: "telemetry", workload: "jobs", ...options, env });
      const { slots } = await forker.ready();
      const worker = slots[0]?.workers[0]?.pid;
      const connection = { port: forker.redis.port };
      const queue = new Queue("jobs", { connection, telemetry: new BullMQOtel() });
      await using stack = new AsyncDisposableStack();
      stack.defer(async () => await queue.close());
      const job = await queue.add("job", {});
      const added = produced.getFinishedSpans().findLast(({ name }) => name === "add jobs.job");
      assert.ok(
        added,
        produced
          .getFinishedSpans()
          .map(({ name }) => name)
          .join(),
      );
      const { traceId, spanId } = added.spanContext();
      const spanOf = async (name: string) =>
        await eventually(waitMs, `the span "${name}"\n${forker.pid1.transcript}`, () => receiver.span(name, traceId));
      const processed = await spanOf("process jobs");
      assert.equal(processed.parentSpanId, spanId);
      assert.equal((await spanOf("work")).parentSpanId, processed.spanId);
      const { returnvalue } = await eventually(waitMs, "the end", async () => {
        const ended = await queue.getJob(job.id ?? "");
        return ended?.finishedOn === undefined ? undefined : ended;
      });
      assert.equal((returnvalue as { pid: number }).pid === worker, !isInRunner);
      // The SDK of the application sends BullMQ's own metrics, too.
      await eventually(waitMs, "a counter", () => receiver.metrics.has("bullmq.jobs.completed"));
    });
});
