/** Longer arguments, such as the results of jobs, are not kept. */
const longestKept = 128;

/** An argument as the protocol has it: its length in bytes, and its text. */
interface Encoded {
  readonly arg: string;
  readonly text: string;
  readonly bytes: number;
}

const nothing: Encoded = { arg: "", text: "$0\r\n\r\n", bytes: 6 };

/**
 * Encodes the calls of one script in the form of the Redis serialization protocol. Most arguments, such as the names of the queue's
 * keys, are those of the call before.
 */
export class ScriptEncoder {
  readonly #last: Encoded[] = [];

  encode(name: string, args: readonly (string | Buffer)[]): Buffer {
    const head = `*${args.length + 1}\r\n$${name.length}\r\n${name}\r\n`;
    const parts: (string | Buffer)[] = [];
    let text = head;
    let bytes = head.length;
    for (let at = 0; at < args.length; at++) {
      const arg = args[at] as string | Buffer;
      if (typeof arg === "string") {
        const encoded = this.#encoded(at, arg);
        text += encoded.text;
        bytes += encoded.bytes;
      } else {
        const length = `$${arg.length}\r\n`;
        parts.push(text + length, arg);
        text = "\r\n";
        bytes += length.length + arg.length + 2;
      }
    }
    parts.push(text);
    return joined(parts, bytes);
  }

  #encoded(at: number, arg: string): Encoded {
    const last = this.#last[at];
    if (last !== undefined && last.arg === arg) return last;
    const length = Buffer.byteLength(arg);
    const text = `$${length}\r\n${arg}\r\n`;
    const encoded: Encoded = { arg, text, bytes: text.length - arg.length + length };
    while (this.#last.length < at) this.#last.push(nothing);
    if (arg.length <= longestKept) this.#last[at] = encoded;
    return encoded;
  }
}

function joined(parts: readonly (string | Buffer)[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const part of parts) at += typeof part === "string" ? whole.write(part, at, "utf8") : part.copy(whole, at);
  return whole;
}
