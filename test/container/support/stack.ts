import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Status } from "../../../src/protocol/status.ts";
import { Project, repository } from "./compose.ts";
import type { Container } from "./container.ts";
import type { Engine } from "./engine.ts";
import { Producer } from "./queues.ts";

/** The number of workers that app/compose.yml asks for. */
const workloadOfCompose = 3;

/** How a test controls jobs of the steered application: a file named by the job's id in this folder lets that job end. */
export class Gates {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "forker-gates-"));

  constructor() {
    chmodSync(this.folder, 0o755);
  }

  open(name: string | undefined): void {
    writeFileSync(path.join(this.folder, name ?? "all"), "");
  }

  close(): void {
    for (const file of readdirSync(this.folder)) rmSync(path.join(this.folder, file));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Restores the state after a start, so that the next test sees no trace of the last one. */
function isIdle(status: Status): boolean {
  const workers = status.slots.flatMap((slot) => slot.workers);
  return (
    status.ready &&
    !status.reloading &&
    status.templates.length === 1 &&
    status.slots.length === workloadOfCompose &&
    workers.length === workloadOfCompose &&
    workers.every((worker) => worker.mode === "taking" && worker.holding.length === 0)
  );
}

/** The shipped services running the steered application, and a producer. */
export class SteeredStack {
  readonly gates = new Gates();
  readonly appFolder = path.join(repository, "test/container/app");
  readonly project: Project;
  readonly producer = new Producer();
  readonly #engine: Engine;

  constructor(engine: Engine, name: string, overrides: readonly string[] = []) {
    this.#engine = engine;
    const env = {
      FORKER_TEST_APP: this.appFolder,
      FORKER_TEST_GATES: this.gates.folder,
      FORKER_TEST_SOCKET: this.producer.folder,
    };
    this.project = new Project(engine, name, ["test/container/app/compose.yml", ...overrides], env);
  }

  get workers(): Container {
    return this.project.workers;
  }

  async start(): Promise<void> {
    await this.project.up();
  }

  /** Every worker ready with its whole workload, no gate open, and no job in any queue. */
  async fresh(): Promise<Status> {
    this.gates.close();
    const { State } = await this.workers.inspect();
    if (State.Status === "running") {
      const status = await this.workers.status();
      if (isIdle(status)) return status;
      await this.#engine.docker(["kill", this.workers.name]);
    }
    for (const name of ["held", "quick", "orphans"]) await this.producer.queue(name).obliterate({ force: true });
    await this.#engine.docker(["start", this.workers.name]);
    return this.workers.ready();
  }

  async end(): Promise<void> {
    await this.producer.close();
    await this.project.down();
    this.gates.remove();
  }
}
