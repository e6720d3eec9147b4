import { ForkerError } from "../exit/forker-error.ts";
import { absoluteAppPath } from "./app-path.ts";
import { environment, type VariableName } from "./environment.ts";
import type { Parser } from "./environment-value.ts";
import { nearest } from "./nearest.ts";
import { Refused } from "./refused.ts";
import type { Settings } from "./settings.ts";

export type ReadSettings =
  | { readonly settings: Settings; readonly warnings: readonly string[] }
  /** Every mistake, each with a message of one line. */
  | { readonly problems: readonly ForkerError[]; readonly warnings: readonly string[] };

/** Reads the settings from the environment. Nothing is looked up yet; an empty variable counts as unset. */
export function readSettings(env: NodeJS.ProcessEnv, appPath: string): ReadSettings {
  const problems: ForkerError[] = [];
  const values: Partial<Record<keyof Settings, unknown>> = {};
  for (const name of Object.keys(environment) as VariableName[]) {
    const value = readVariable(name, env[name]?.trim() ?? "");
    if (value instanceof ForkerError) problems.push(value);
    else values[environment[name].setting] = value;
  }
  const warnings = unknownVariables(env);
  if (problems.length > 0) return { problems, warnings };
  // Each entry of the table names its setting and parses to that setting's type; a test in test/unit/config checks this.
  const read = values as Settings;
  const settings: Settings = {
    ...read,
    workload: isSet(env["WORKLOAD"]) ? read.workload : undefined,
    appPath: absoluteAppPath(appPath, env),
    redisUrlGiven: isSet(env["REDIS_URL"]),
  };
  return { settings, warnings };
}

/** For a subcommand: where the jobs are, as far as the environment says so. Other variables may be malformed. */
export function readRedisPlace(env: NodeJS.ProcessEnv): { readonly redisUrl: string; readonly prefix: string } {
  const [redisUrl, prefix] = (["REDIS_URL", "FORKER_PREFIX"] as const).map((name) => {
    const value = readVariable(name, env[name]?.trim() ?? "");
    if (value instanceof ForkerError) throw value;
    return value as string | undefined;
  });
  return { redisUrl: redisUrl ?? environment.REDIS_URL.default, prefix: prefix ?? "bull" };
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== "";
}

function readVariable(name: VariableName, given: string): unknown {
  const variable = environment[name];
  const text = given === "" ? variable.default : given;
  if (text === "") return undefined;
  try {
    const value = (variable.parse as Parser<unknown>)(text);
    if (!(value instanceof Refused)) return value;
    const advice = value.advice === "" ? "" : `; ${value.advice}`;
    const got = value.got ?? JSON.stringify(text.slice(0, 80));
    return new ForkerError(
      "badConfig",
      `ERR_FORKER_${name.replace("FORKER_", "")}`,
      `${name}: expected ${variable.expected}, got ${got}${advice}`,
    );
  } catch (cause) {
    if (cause instanceof ForkerError) return cause;
    throw cause;
  }
}

/** The variables that Kubernetes sets for a service called `forker` or `forker-…`: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
const serviceLink =
  /^FORKER_(?:\w+_)?(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("FORKER_") && !Object.hasOwn(environment, name) && !serviceLink.test(name))
    .toSorted()
    .map((name) => {
      const meant = nearest(name, Object.keys(environment));
      const advice = meant === undefined ? "docs/ENVIRONMENT.md lists all variables" : `did you mean ${meant}?`;
      return `${name}: ignored, because there is no such variable; ${advice}`;
    });
}
