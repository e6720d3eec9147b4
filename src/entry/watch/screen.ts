import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { type Key, keysIn } from "../../admin/terminal/keys.ts";
import { type Line, lineText } from "../../admin/terminal/styled.ts";
import type { ScreenSize } from "../../admin/terminal/watch-state.ts";

/** xterm's alternate screen, without a cursor; the former screen and the cursor return at the end. */
const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";
/** ECMA-48: to the upper left corner; erase to the end of the line; erase below. */
const [home, eraseLine, eraseBelow] = ["\u001b[H", "\u001b[K", "\u001b[J"];

/** Signals that end a process by default. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const satisfies readonly NodeJS.Signals[];
const ctrlZ = "\u001a";

export interface ScreenEvents {
  readonly pressed: (key: Key) => void;
  /** The terminal has another size, or shows this program again. */
  readonly changed: () => void;
}

/** A terminal that belongs to this process until close(), and that is restored however the process ends, other than by SIGKILL. */
export class Screen {
  readonly #isColoured: boolean;
  readonly #events: ScreenEvents;
  readonly hasKeys = isatty(0);
  #isOpen = false;

  constructor(isColoured: boolean, events: ScreenEvents) {
    this.#isColoured = isColoured;
    this.#events = events;
    process.on("exit", this.#restore);
    for (const signal of endings) process.on(signal, this.#endBy);
    process.on("SIGTSTP", this.#pause);
    process.on("SIGCONT", this.#continue);
    process.stdout.on("resize", events.changed);
    if (this.hasKeys) {
      process.stdin.on("data", (bytes: Buffer) => this.#receive(bytes.toString("utf8")));
      for (const end of ["end", "error"]) process.stdin.on(end, () => events.pressed("q"));
    }
    this.#take();
  }

  get size(): ScreenSize {
    const { columns, rows } = process.stdout;
    // A new pseudo terminal has the size 0 × 0 until somebody sets it, as that of `docker exec -t` does.
    return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
  }

  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const text = lines.map((line) => lineText(line, this.#isColoured) + eraseLine).join("\r\n");
    this.#write(`${home}${text}${eraseBelow}`);
  }

  close(): void {
    this.#restore();
    process.off("exit", this.#restore);
    for (const signal of endings) process.off(signal, this.#endBy);
    process.off("SIGTSTP", this.#pause);
    process.off("SIGCONT", this.#continue);
    process.stdout.off("resize", this.#events.changed);
    if (this.hasKeys) process.stdin.removeAllListeners("data").pause();
  }

  #take(): void {
    this.#isOpen = true;
    if (this.hasKeys) process.stdin.setRawMode(true).resume();
    this.#write(enter);
  }

  readonly #restore = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#write(leave);
    try {
      if (this.hasKeys) process.stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };

  /** So that the process that waits for this process sees the signal. */
  readonly #endBy = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };

  readonly #pause = (): void => {
    this.#restore();
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #continue = (): void => {
    if (!this.#isOpen) this.#take();
    this.#events.changed();
  };

  #receive(text: string): void {
    for (const key of keysIn(text)) {
      if (key === ctrlZ) this.#pause();
      else this.#events.pressed(key);
    }
  }

  #write(text: string): void {
    try {
      writeSync(1, text);
    } catch {
      // EAGAIN: the terminal is slow, and the next second draws again. EIO, EPIPE: it is gone, and SIGHUP or a failed read ends this.
    }
  }
}
