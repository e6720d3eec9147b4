import { ForkerError } from "../../exit/forker-error.ts";
import { rangeOf, replacementFor, type Version } from "./versions.ts";

/** `where`: the package's file, or what contains the copy. */
export function unsupported(name: "bullmq" | "ioredis", version: Version, where: string): ForkerError {
  const advice = `npm install ${replacementFor(name, version)}`;
  const message = `${name}: expected version ${rangeOf(name)}, got ${version.text} (${where}): ${advice}`;
  return new ForkerError(
    "badConfig",
    name === "bullmq" ? "ERR_FORKER_BULLMQ_VERSION" : "ERR_FORKER_IOREDIS_VERSION",
    message,
  );
}
