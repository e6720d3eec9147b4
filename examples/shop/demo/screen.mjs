const redrawMs = 250;
const plainMs = 3_000;

/** Prints lines and, on a terminal, a picture below them that is redrawn continually. */
export class Screen {
  #began = performance.now();
  #picture = () => [];
  #drawn = 0;
  #timer;
  #output = process.stdout;

  /** Prints an event with its time. */
  say(text) {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    this.lines([`${this.#dim(`${seconds.padStart(5)} s`)}  ${text}`]);
  }

  lines(lines) {
    this.#erase();
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
    this.#draw();
  }

  /** Starts to show what `picture` returns; without a terminal, prints a `line` periodically. */
  show(picture, line) {
    this.hide();
    if (this.#output.isTTY) {
      this.#picture = picture;
      this.#timer = setInterval(() => this.lines([]), redrawMs);
    } else {
      this.#timer = setInterval(() => this.say(line()), plainMs);
    }
    this.#timer.unref();
  }

  hide() {
    clearInterval(this.#timer);
    this.#erase();
    this.#picture = () => [];
  }

  bold(text) {
    return this.#style(1, text);
  }

  #dim(text) {
    return this.#style(2, text);
  }

  #style(code, text) {
    return this.#output.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  #draw() {
    if (!this.#output.isTTY) return;
    const width = this.#output.columns ?? 80;
    const lines = this.#picture().map((line) => line.slice(0, width - 1));
    if (lines.length > 0) this.#output.write(`${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #erase() {
    if (this.#drawn > 0) this.#output.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}

/** Aligned columns, with numbers on the right. */
export function table(head, rows) {
  const all = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const isNumber = head.map((_, column) => rows.every((row) => /^[\d.,]*( MB)?$/.test(String(row[column]))));
  return all.map((row) => {
    const cells = row.map((cell, column) =>
      isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    return `  ${cells.join("  ")}`.trimEnd();
  });
}
