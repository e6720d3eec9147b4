import os from "node:os";
import { formatHttpAddress } from "../../config/http-address.ts";
import type { Settings } from "../../config/settings.ts";

/** The facts that support asks for first. */
export function bootFacts(settings: Settings): Record<string, unknown> {
  return {
    node: process.version,
    kernel: os.release(),
    uid: process.geteuid?.(),
    pidOne: process.pid === 1,
    engine: settings.engine,
    app: settings.appPath,
    ...(settings.http === undefined ? {} : { http: formatHttpAddress(settings.http) }),
    drainTimeoutMs: settings.drainTimeoutMs,
  };
}
