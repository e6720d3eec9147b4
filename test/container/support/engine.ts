import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { within } from "../../support/deadline.ts";
import { type CommandOptions, type CommandResult, run } from "./command.ts";
import { until } from "./until.ts";

/** Images and build cache, kept between runs. Outside the repository, because that is a build context. */
export const cacheFolder = process.env.FORKER_TEST_CACHE ?? "/var/cache/bullmq-forker-tests";

/**
 * The network namespace of the engine's bridges. `machine`: builds can reach the package registries that the machine can reach.
 * `own`: a private namespace, so that no firewall rule of the machine, such as another Docker engine's FORWARD policy, separates
 * the containers from each other.
 */
export type EngineNetwork = "machine" | "own";

const lockTimeoutMs = 900_000;
const listenTimeoutMs = 60_000;

/**
 * A private Docker engine with its own socket and state and without firewall rules on the host. It ends with this process. One
 * run at a time uses the cache: another waits for the lock, which this process and the engine hold while they live.
 */
export class Engine {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "forker-engine-"));
  readonly #socket = path.join(this.#folder, "docker.sock");
  readonly #log = path.join(this.#folder, "dockerd.log");
  readonly #startSteps: (() => Promise<void>)[] = [];
  readonly #undo: (() => Promise<void>)[] = [];
  #daemon: ChildProcess | undefined;
  #lock: number | undefined;

  readonly env = {
    DOCKER_HOST: `unix://${this.#socket}`,
    // Both builders work; the classic one needs no plugin and no image.
    DOCKER_BUILDKIT: "0",
    COMPOSE_DOCKER_CLI_BUILD: "0",
    DOCKER_CONFIG: path.join(this.#folder, "config"),
  };

  /** The daemon's log. */
  get pid(): number | undefined {
    return this.#daemon?.pid;
  }

  /** Starts the engine with the machine's network, for builds only. */
  async start(): Promise<void> {
    mkdirSync(cacheFolder, { recursive: true });
    this.#lock = await lockFile(path.join(cacheFolder, "lock"));
    await this.#startDaemon("machine");
    await this.#removeLeftovers();
  }

  /** Starts the engine with a private network. */
  async moveToOwnNetwork(): Promise<void> {
    await this.#endDaemon();
    await this.#startDaemon("own");
  }

  async #startDaemon(network: EngineNetwork): Promise<void> {
    const daemon = spawn(
      "setpriv",
      [
        // The engine ends with this process, however it ends.
        "--pdeathsig TERM",
        // Its mounts are in its own namespace, and end with it.
        `unshare --mount ${network === "own" ? "--net " : ""}dockerd`,
        `--data-root ${cacheFolder}/engine --exec-root ${this.#folder}/exec`,
        `--pidfile ${this.#folder}/dockerd.pid --host ${this.env.DOCKER_HOST} --shutdown-timeout 5`,
        // No docker0, firewall rule or setting on the machine, so another engine there is not affected.
        "--bridge none --iptables=false --ip6tables=false --ip-forward=false",
      ].flatMap((words) => words.split(" ")),
      { stdio: ["ignore", "pipe", "pipe", this.#lock] },
    );
    this.#daemon = daemon;
    const log = createWriteStream(this.#log, { flags: "a" });
    daemon.stdout?.pipe(log, { end: false });
    daemon.stderr?.pipe(log, { end: false });
    const gone = once(daemon, "exit").then(() => {
      throw new Error(`dockerd ended:\n${this.#tail()}`);
    });
    const listening = until(
      listenTimeoutMs,
      "dockerd listens",
      async () => existsSync(this.#socket) && (await this.docker(["version"], { accept: [0, 1] })).code === 0,
      (isUp) => isUp,
    );
    await Promise.race([listening, gone]);
    gone.catch(() => undefined);
  }

  /** Removes what an interrupted run left. */
  async #removeLeftovers(): Promise<void> {
    const removeAll = async (list: readonly string[], remove: readonly string[]) => {
      const found = (await this.docker([...list, "--quiet"])).stdout.split("\n").filter(Boolean);
      if (found.length > 0) await this.docker([...remove, "--force", ...found]);
    };
    await removeAll(["ps", "--all"], ["rm", "--volumes"]);
    await removeAll(["volume", "ls"], ["volume", "rm"]);
    await this.docker(["network", "prune", "--force"]);
  }

  docker(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run("/usr/bin/docker", args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Registers what to do when the engine runs and has its images. */
  whenStarted(step: () => Promise<void>): void {
    this.#startSteps.push(step);
  }

  async runStartSteps(): Promise<void> {
    for (const step of this.#startSteps) await step();
  }

  /** Registers what to clean up while the engine still runs; the last comes first. */
  beforeStop(undo: () => Promise<void>): void {
    this.#undo.unshift(undo);
  }

  async stop(): Promise<void> {
    const undone = await Promise.allSettled(this.#undo.map((undo) => undo()));
    await this.#endDaemon();
    if (this.#lock !== undefined) closeSync(this.#lock);
    this.#lock = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
    for (const one of undone) if (one.status === "rejected") throw one.reason;
  }

  async #endDaemon(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon !== undefined && daemon.exitCode === null && daemon.signalCode === null) {
      const exit = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await within(30_000, () => `dockerd stops\n${this.#tail()}`, exit);
    }
  }

  #tail(): string {
    return readFileSync(this.#log, "utf8").slice(-4000);
  }
}

/** The lock belongs to the open file description: a process that inherits the descriptor holds it too. */
async function lockFile(file: string): Promise<number> {
  const descriptor = openSync(file, "w");
  const words = ["--timeout", String(lockTimeoutMs / 1_000), "3"];
  const flock = spawn("flock", words, { stdio: ["ignore", "ignore", "inherit", descriptor] });
  const [code] = (await once(flock, "exit")) as [number | null];
  if (code === 0) return descriptor;
  closeSync(descriptor);
  throw new Error(`${file}: another run has held the lock for ${lockTimeoutMs / 1_000} s`);
}
