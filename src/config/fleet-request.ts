import { nearest } from "./nearest.ts";
import type { Given } from "./split-arguments.ts";
import { timeoutOption } from "./timeout-option.ts";
import { usage } from "./usage.ts";

/** What `forker fleet` is asked for. */
export interface FleetRequest {
  /** undefined: list the forkers. */
  readonly order: RequestedOrder | undefined;
  /** A glob. */
  readonly hosts: string;
  readonly json: boolean;
  readonly timeoutMs: number;
}

type RequestedOrder =
  | { readonly name: "suspend" | "resume" | "reload" | "drain" }
  | { readonly name: "stopJob"; readonly queue: string; readonly id: string };

const plainOrders = ["suspend", "resume", "reload", "drain"] as const;
const orderWords: readonly string[] = [...plainOrders, "stop-job"];
const defaultTimeoutMs = 10_000;
const longestGlob = 255;

/** Throws a ForkerError (usage). */
export function parseFleetRequest(
  words: readonly string[],
  { host = "*", json = false, timeout }: Given,
): FleetRequest {
  if (host === "" || host.length > longestGlob)
    throw usage(
      `--host: expected a host or a glob of at most ${longestGlob} characters, got ${host.length} characters`,
    );
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : timeoutOption(timeout);
  return { order: orderOf(words), hosts: host, json, timeoutMs };
}

function orderOf([word, ...rest]: readonly string[]): RequestedOrder | undefined {
  if (word === undefined) return undefined;
  if (word === "stop-job") {
    const [queue, id] = rest;
    if (queue !== undefined && id !== undefined) return { name: "stopJob", queue, id };
    throw usage(`fleet stop-job: expected a queue and a job's id, such as mail 991, got ${queue ?? "none"}`);
  }
  const name = plainOrders.find((one) => one === word);
  if (name === undefined) {
    const meant = nearest(word, [...orderWords, "--host", "--json", "--timeout"]);
    const advice = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw usage(`fleet: expected ${orderWords.join(", ")} or nothing, got ${JSON.stringify(word)}${advice}`);
  }
  const [extra] = rest;
  if (extra !== undefined) throw usage(`fleet: expected nothing after ${name}, got ${JSON.stringify(extra)}`);
  return { name };
}
