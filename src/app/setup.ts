import { checkHashTags, redisTarget } from "../bull/connection/redis-target.ts";
import { ownCpuCount } from "../config/cpu-quota.ts";
import { didYouMean } from "../config/nearest.ts";
import type { Settings } from "../config/settings.ts";
import { defaultWorkload } from "../config/workload.ts";
import { parseWorkload } from "../config/workload-parser.ts";
import type { ApplicationConfig } from "./application.ts";
import type { Forker } from "./definition.ts";
import type { JobsRedis } from "./required-place.ts";
import { bad, type SetupValues, setters, userOf } from "./setup-values.ts";

/** The object that setup() gets, and the values that setup() set. */
export class Setup {
  readonly forker: Forker;
  readonly #values: SetupValues = { queueDiscoveryInterval: 5, verbose: false };
  #sealed = false;

  constructor(generation: number) {
    const user = (name: unknown, group?: unknown): void => {
      this.#checkOpen("forker.user()");
      this.#values.user = userOf(name, group);
    };
    const handle = {
      workload: undefined,
      user,
      queueDiscoveryInterval: this.#values.queueDiscoveryInterval,
      interval: this.#values.queueDiscoveryInterval,
      logger: undefined,
      verbose: this.#values.verbose,
      timeLimits: undefined,
      connection: undefined,
      prefix: undefined,
      generation,
    };
    // A plain object would accept a misspelled property silently.
    this.forker = new Proxy<Forker>(handle, {
      set: (target, key, value: unknown) => {
        this.#set(String(key), value);
        return Reflect.set(target, key, value);
      },
    });
  }

  /** The values, with the environment's before those of setup(). After this the object refuses every use. */
  seal(settings: Settings): ApplicationConfig & { readonly redis: JobsRedis } {
    this.#sealed = true;
    const { workload, user, queueDiscoveryInterval, logger, verbose, timeLimits, connection, prefix } = this.#values;
    const redis = {
      connection: settings.redisUrlGiven ? settings.redisUrl : (connection ?? settings.redisUrl),
      prefix: settings.prefix ?? prefix ?? "bull",
    };
    const config = {
      workload:
        settings.workload === undefined
          ? (workload ?? defaultWorkload)
          : parseWorkload(settings.workload, { cpus: ownCpuCount() }),
      user: settings.user === undefined ? user : undefined,
      queueDiscoveryIntervalMs: queueDiscoveryInterval * 1000,
      logger,
      verbose,
      timeLimits: settings.timeLimits ?? timeLimits ?? [],
      redis,
    };
    checkHashTags(redisTarget(redis.connection), redis.prefix, config.workload);
    return config;
  }

  #set(key: string, value: unknown): void {
    this.#checkOpen(`forker.${key}`);
    const setter = Object.hasOwn(setters, key) ? setters[key as keyof typeof setters] : undefined;
    if (setter === undefined) {
      const fixed = key === "generation" || key === "user";
      const problem = fixed ? "cannot be set" : `there is no such property${didYouMean(key, Object.keys(setters))}`;
      throw bad(`forker.${key}: ${problem}${key === "user" ? '; call it: forker.user("www-data")' : ""}`);
    }
    setter(this.#values, value);
  }

  #checkOpen(what: string): void {
    if (this.#sealed) throw bad(`${what}: used after setup() had ended, when it has no effect; await it in setup()`);
  }
}
