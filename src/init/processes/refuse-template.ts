import { ForkerError } from "../../exit/forker-error.ts";
import { readCredentials } from "../../privileges/credentials.ts";
import { checkSignalCapability } from "../../privileges/decide-privileges.ts";
import type { TemplateFailure } from "../state/template.ts";

export const unseenUser: TemplateFailure = {
  message: "init cannot see in /proc which user its template runs as: is /proc mounted with hidepid?",
  stack: undefined,
  exit: "system",
};

/** Without a free descriptor, for instance, init cannot read /proc. */
export function unreadableUser({ message, stack }: Error): TemplateFailure {
  return { message: `init cannot determine which user its template runs as: ${message}`, stack, exit: "system" };
}

/** Called after forker.user() has run. Returns a failure if init could not signal the workers that this template would fork. */
export function refuseTemplate(templateUid: number): TemplateFailure | undefined {
  try {
    checkSignalCapability(readCredentials(), templateUid);
    return undefined;
  } catch (cause) {
    const { message, stack } = cause as Error;
    if (cause instanceof ForkerError) return { message, stack: undefined, exit: cause.exit };
    return { message: `init cannot determine whether it may signal its workers: ${message}`, stack, exit: "system" };
  }
}
