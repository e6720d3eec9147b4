import type { Container } from "../models/container.ts";
import { TemplateModel } from "../models/template-model.ts";
import { WorkerModel } from "../models/worker-model.ts";
import { chosen, modelOf } from "./choose.ts";
import type { Fault } from "./scenario.ts";

const invalid = ["not JSON", "{}", '{"kind":"unheardOf"}', '{"kind":"started"', "[]"];

const trying = '{"kind":"trying"}';
const failed = '{"kind":"loadFailed","failure":{"code":"E","message":"after all","exit":"unheardOf"}}';
const started = '{"kind":"started"}';

/** Valid messages that no such process should send then. */
const absurd = {
  template: [
    trying,
    '{"kind":"forked","workers":[{"worker":1,"pid":1},{"worker":99999,"pid":4}]}',
    '{"kind":"forkFailed","workers":[2,3,4,5,99999],"broken":false,"failure":{"code":"E","message":"no"}}',
    failed,
  ],
  worker: [
    started,
    '{"kind":"endHeard","number":99999}',
    '{"kind":"retryDelay","number":99999,"delayMs":-5}',
    '{"kind":"jobStopped","queue":"jobs","id":"none","byItself":true}',
    '{"kind":"stalledTaken","queue":"jobs","id":"none"}',
    '{"kind":"ended","report":{"queue":"jobs","id":"none","attemptsMade":1}}',
  ],
  keeper: [
    '{"kind":"handedBack","worker":99999,"handedBack":[],"failed":[],"wroteCompleted":[],"wroteFailed":[]}',
    '{"kind":"askRetryDelay","number":7,"queue":"jobs","id":"none","attemptsMade":1,"failure":{"name":"E","message":"m"}}',
    '{"kind":"ended","report":{"queue":"jobs","id":"none","attemptsMade":1,"finishedOn":1}}',
  ],
} as const;

/** A process sends something that it should not: init kills it, or nothing comes of it. */
export function nonsense(container: Container, { role, choice, what }: Extract<Fault, { kind: "nonsense" }>): void {
  const { machine, schedule } = container;
  const process = chosen(
    machine.living.filter((one) => one.role === role),
    choice,
  );
  const model = modelOf(container, process);
  // Before it has connected, it can send nothing.
  if (model === undefined || model.dialledAt === Infinity) return;
  const lines = absurd[role];
  const isInvalid = what % 2 === 0;
  const line = isInvalid ? chosen(invalid, what >> 1) : chosen<string>(lines, what >> 1);
  const { now } = schedule.time;
  if (isInvalid) {
    model.isFaulty = true;
    model.invalidAt = Math.min(model.invalidAt, now);
  }
  if (model instanceof TemplateModel && line === trying) model.triedAt = Math.min(model.triedAt, now);
  if (model instanceof TemplateModel && line === failed) {
    model.isFaulty = true;
    model.failedAt = Math.min(model.failedAt, now);
  }
  if (model instanceof WorkerModel && line === started) model.saidStartedAt = Math.min(model.saidStartedAt, now);
  model.sendText(`${line}\n`);
}
