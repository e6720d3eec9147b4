import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Status } from "../../../src/protocol/status.ts";
import { within } from "../../support/deadline.ts";
import type { CommandOptions, CommandResult } from "./command.ts";
import type { Engine } from "./engine.ts";
import { until } from "./until.ts";

/** The part of `docker inspect` that tests look at. */
export interface Inspection {
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string; readonly Log: readonly { readonly Output: string }[] | null };
  };
  readonly RestartCount: number;
  readonly Config: { readonly StopSignal?: string };
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

/** One container of the engine, controlled with the docker command, as by a person. */
export class Container {
  readonly #engine: Engine;
  readonly name: string;

  constructor(engine: Engine, name: string) {
    this.#engine = engine;
    this.name = name;
  }

  async inspect(): Promise<Inspection> {
    const { stdout } = await this.#engine.docker(["inspect", "--type", "container", this.name]);
    return (JSON.parse(stdout) as [Inspection])[0];
  }

  async signal(name: string): Promise<void> {
    await this.#engine.docker(["kill", "--signal", name, this.name]);
  }

  exec(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.#engine.docker(["exec", this.name, ...command], options);
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.exec(["forker", "status", "--json"])).stdout) as Status;
  }

  /** Resolves with the first status that meets the condition; the status is undefined while no init answers yet. */
  async statusWhere(what: string, wanted: (status: Status) => boolean, timeoutMs = 30_000): Promise<Status> {
    const ask = async () => {
      const answer = await this.exec(["forker", "status", "--json"], { accept: [0, 1, 3, 69, 126, 137] });
      if (answer.code === 0) return { status: JSON.parse(answer.stdout) as Status };
      const { State } = await this.inspect();
      if (State.Status !== "running") throw new Error(`${what}: the container is ${State.Status}\n${await this.log()}`);
      return { said: answer.stdout + answer.stderr };
    };
    const found = await until(timeoutMs, what, ask, (answer) => answer.status !== undefined && wanted(answer.status));
    return found.status as Status;
  }

  ready(): Promise<Status> {
    return this.statusWhere("ready", (status) => status.ready && !status.reloading, 60_000);
  }

  async healthy(timeoutMs = 60_000): Promise<void> {
    await until(
      timeoutMs,
      `${this.name} is healthy`,
      async () => (await this.inspect()).State,
      (state) => state.Health?.Status === "healthy",
    );
  }

  /** Resolves with the exit code when the container has ended. */
  async exited(timeoutMs = 40_000): Promise<number> {
    const { stdout } = await this.#engine.docker(["wait", this.name], { timeoutMs });
    return Number(stdout.trim());
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await this.#engine.docker(["logs", this.name]);
    return stdout + stderr;
  }

  /** Every process of the container, as PID 1 sees it. */
  async processes(): Promise<readonly ContainerProcess[]> {
    // Read with node, because a slim image has no ps.
    const script = `
      const fs = require("node:fs");
      const found = fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).flatMap((pid) => {
        try {
          const field = (name) => new RegExp("^" + name + ":\\\\s*(.*)$", "m").exec(status)[1].trim();
          const status = fs.readFileSync("/proc/" + pid + "/status", "utf8");
          const title = fs.readFileSync("/proc/" + pid + "/cmdline", "utf8").split("\\0").join(" ").trim();
          return [{ pid: Number(pid), state: field("State")[0], uid: Number(field("Uid").split("\\t")[0]), parent: Number(field("PPid")),
            groups: field("Groups"), capabilities: field("CapEff"), noNewPrivileges: field("NoNewPrivs") === "1", title }];
        } catch { return []; }
      });
      console.log(JSON.stringify(found.filter((one) => one.pid !== process.pid)));`;
    return JSON.parse((await this.exec(["node", "--eval", script])).stdout) as ContainerProcess[];
  }

  async follow(): Promise<LogFollower> {
    return new LogFollower(this.#engine, this.name, (await this.inspect()).State.StartedAt);
  }
}

export interface ContainerProcess {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly uid: number;
  readonly groups: string;
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
  readonly title: string;
}

/** `docker logs --follow`, line by line, since the last start of the container. */
export class LogFollower {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #arrived = new EventTarget();

  constructor(engine: Engine, name: string, since: string) {
    const env = { ...process.env, ...engine.env };
    this.#child = spawn("/usr/bin/docker", ["logs", "--follow", "--since", since, name], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (this.#child.stdout === null) throw new Error("no pipe");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#arrived.dispatchEvent(new Event("line"));
    });
  }

  /** The first line that contains the text, whether it was logged already or is still to come. */
  line(text: string, timeoutMs = 20_000): Promise<string> {
    const find = async () => {
      for (;;) {
        const found = this.#lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        await once(this.#arrived, "line");
      }
    };
    return within(timeoutMs, () => `a log line with "${text}" in\n${this.#lines.join("\n")}`, find());
  }

  end(): void {
    this.#child.kill();
  }
}
