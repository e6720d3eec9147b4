import type { Board } from "../../board/board-memory.ts";
import type { SpawnedProcess } from "./spawn-own.ts";

/**
 * The process of the first template, which init starts before it loads most of its own code: Node needs as long for its start as init
 * for the rest of its own, and they run on different processors. It waits for its launch config, and has no role until then.
 */
export class EarlyProcess {
  readonly board: Board;
  readonly #process: SpawnedProcess;
  #isLiving = true;
  #isTaken = false;

  constructor(process: SpawnedProcess, board: Board) {
    this.board = board;
    this.#process = process;
    process.on("exit", () => {
      this.#isLiving = false;
    });
    // It never started. init starts another in its place.
    process.on("error", () => {
      this.#isLiving = false;
    });
  }

  /** Whether libuv will reap this process. */
  owns(pid: number): boolean {
    return this.#isLiving && pid === this.#process.pid;
  }

  /** Returns the process once, and only if it is alive. */
  take(): SpawnedProcess | undefined {
    if (this.#isTaken || !this.#isLiving || this.#process.pid === undefined) return undefined;
    this.#isTaken = true;
    return this.#process;
  }

  /** Kills it, unless it was taken. */
  end(): void {
    if (this.take() === undefined) return;
    this.#process.kill("SIGKILL");
  }
}
