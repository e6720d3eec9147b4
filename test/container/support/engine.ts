import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { within } from "../../support/deadline.ts";
import { type CommandOptions, type CommandResult, run } from "./command.ts";
import { until } from "./until.ts";

/** Kept from run to run: images and build cache. Outside the repository, which is a build context. */
export const cacheFolder = process.env.FORKER_TEST_CACHE ?? "/var/cache/bullmq-forker-tests";

/**
 * A Docker engine of our own: own socket, own state, no firewall rule on the host, gone with this process. One run at a
 * time uses the cache; another one waits for the lock, which the engine itself holds for as long as it lives.
 */
export class Engine {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "forker-engine-"));
  readonly #socket = path.join(this.#folder, "docker.sock");
  readonly #log = path.join(this.#folder, "dockerd.log");
  readonly #startSteps: (() => Promise<void>)[] = [];
  readonly #undo: (() => Promise<void>)[] = [];
  #daemon: ChildProcess | undefined;

  readonly env = {
    DOCKER_HOST: `unix://${this.#socket}`,
    // Both builders work; the classic one needs no plugin and no image of its own.
    DOCKER_BUILDKIT: "0",
    COMPOSE_DOCKER_CLI_BUILD: "0",
    DOCKER_CONFIG: path.join(this.#folder, "config"),
  };

  async start(): Promise<void> {
    mkdirSync(cacheFolder, { recursive: true });
    const daemon = spawn(
      "setpriv",
      [
        // The engine goes with us, however we go.
        `--pdeathsig TERM flock --no-fork --timeout 900 ${cacheFolder}/lock`,
        // Its mounts are its own, and end with it.
        `unshare --mount dockerd --data-root ${cacheFolder}/engine --exec-root ${this.#folder}/exec`,
        `--pidfile ${this.#folder}/dockerd.pid --host ${this.env.DOCKER_HOST} --shutdown-timeout 5`,
        // No docker0 and no rule of ours in the host's tables: a machine's other engine is left alone.
        "--bridge none --iptables=false --ip6tables=false",
      ].flatMap((words) => words.split(" ")),
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#daemon = daemon;
    const log = createWriteStream(this.#log);
    daemon.stdout.pipe(log, { end: false });
    daemon.stderr.pipe(log, { end: false });
    const gone = once(daemon, "exit").then(() => {
      throw new Error(`dockerd ended:\n${this.#tail()}`);
    });
    const listening = until(
      920_000,
      "dockerd listens",
      // While another run has the lock there is no socket, and asking costs nothing.
      async () => existsSync(this.#socket) && (await this.docker(["version"], { accept: [0, 1] })).code === 0,
      (isUp) => isUp,
    );
    await Promise.race([listening, gone]);
    gone.catch(() => undefined);
  }

  docker(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run("/usr/bin/docker", args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** What is to be done when the engine runs and has its images. */
  whenStarted(step: () => Promise<void>): void {
    this.#startSteps.push(step);
  }

  async runStartSteps(): Promise<void> {
    for (const step of this.#startSteps) await step();
  }

  /** What is to be undone while the engine still runs; the last comes first. */
  beforeStop(undo: () => Promise<void>): void {
    this.#undo.unshift(undo);
  }

  async stop(): Promise<void> {
    const undone = await Promise.allSettled(this.#undo.map((undo) => undo()));
    await this.#end();
    for (const one of undone) if (one.status === "rejected") throw one.reason;
  }

  async #end(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon !== undefined && daemon.exitCode === null && daemon.signalCode === null) {
      const exit = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await within(30_000, () => `dockerd stops\n${this.#tail()}`, exit);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tail(): string {
    return readFileSync(this.#log, "utf8").slice(-4000);
  }
}
