import path from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandResult, run } from "./command.ts";
import { Container } from "./container.ts";
import type { Engine } from "./engine.ts";

export const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** The shipped docker-compose.yml, optionally with further files, as one project of the engine. */
export class Project {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #files: readonly string[];
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    engine: Engine,
    name: string,
    overrides: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#engine = engine;
    this.#name = name;
    this.#files = ["docker-compose.yml", ...overrides];
    this.#env = env;
  }

  get workers(): Container {
    return new Container(this.#engine, "workers");
  }

  get redis(): Container {
    return new Container(this.#engine, `${this.#name}_redis_1`);
  }

  get network(): string {
    return `${this.#name}_default`;
  }

  compose(args: readonly string[], timeoutMs = 120_000): Promise<CommandResult> {
    const files = this.#files.flatMap((file) => ["--file", path.join(repository, file)]);
    const env = { ...this.#engine.env, ...this.#env };
    return run("/usr/bin/docker-compose", ["--project-name", this.#name, ...files, ...args], { env, timeoutMs });
  }

  async up(...args: readonly string[]): Promise<void> {
    await this.compose(["up", "--detach", ...args, "workers"]);
  }

  async down(): Promise<void> {
    await this.compose(["down", "--volumes", "--timeout", "1"]);
  }
}
