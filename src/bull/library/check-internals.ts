import { ForkerError } from "../../exit/forker-error.ts";
import { type InternalsOfClass, inventory, type NameKind } from "./internals.ts";
import { queueKeyNames } from "./key-layout.ts";
import { originalWorker } from "./original-worker.ts";
import { isBefore, replacementFor, type Version } from "./versions.ts";

type BullModule = typeof import("bullmq");
type Class = (abstract new (...parameters: never[]) => object) & Readonly<Record<string, unknown>>;

export interface FoundBull {
  readonly api: BullModule;
  readonly version: Version;
  /** Where it was found. */
  readonly from: string;
  /** It was found inside a bundle: only the classes that could be reached are checked. */
  readonly isPartial?: boolean;
}

/** Throws if this BullMQ lacks a name that forker uses. Otherwise forker would fail later, in the middle of a job. */
export function checkInternals({ api, version, from, isPartial = false }: FoundBull): void {
  const missing = missingInternals(api, version, isPartial);
  if (missing.length === 0) return;
  throw new ForkerError(
    "badConfig",
    "ERR_FORKER_BULLMQ_VERSION",
    `bullmq: expected ${missing.join(", ")}, which forker builds on, got version ${version.text} without ${missing.length === 1 ? "it" : "them"} (${from}): npm install ${replacementFor("bullmq", version)}`,
  );
}

/** Names what is missing: `Worker.limitUntil`, or `Worker` if the whole class is missing. */
export function missingInternals(api: BullModule, version: Version, isPartial = false): string[] {
  const expected = inventory.filter(
    ({ since, until }) => !isBefore(version, since) && (until === undefined || isBefore(version, until)),
  );
  const checked = isPartial ? expected.filter((one) => one.class in api) : expected;
  const missing = checked.flatMap((one) => missingOfClass(api, one));
  return [...new Set([...missing, ...missingKeys(api)])];
}

function missingOfClass(api: BullModule, { class: name, names }: InternalsOfClass): string[] {
  const found: unknown = name === "Worker" ? originalWorker(api.Worker) : api[name];
  if (typeof found !== "function") return [name];
  const kinds = Object.entries(names);
  return kinds.filter(([one, kind]) => !hasName(found as unknown as Class, one, kind)).map(([one]) => `${name}.${one}`);
}

function hasName(found: Class, name: string, kind: NameKind): boolean {
  const prototype = found.prototype as Readonly<Record<string, unknown>>;
  switch (kind) {
    case "method":
      return typeof prototype[name] === "function";
    case "getter":
      return name in prototype;
    case "static":
      return name in found;
    case "field":
      return textsOf(found).some((text) => text.includes("[native code]") || mentions(text, name));
  }
}

/**
 * The source text of a class and of its base classes. A field exists only in an instance, and creating one would connect. A
 * class that instrumentation has wrapped may have no source text: then its fields are assumed to exist.
 */
function textsOf(found: Class): string[] {
  const texts: string[] = [];
  for (
    let one: unknown = found;
    typeof one === "function" && one !== Function.prototype;
    one = Object.getPrototypeOf(one)
  )
    texts.push(Function.prototype.toString.call(one));
  return texts;
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text);
}

function missingKeys({ QueueKeys }: BullModule): string[] {
  if (typeof QueueKeys !== "function") return ["QueueKeys"];
  const keys = new QueueKeys("prefix").getKeys("queue");
  return queueKeyNames.filter((name) => keys[name] !== `prefix:queue:${name}`).map((name) => `QueueKeys.${name}`);
}
