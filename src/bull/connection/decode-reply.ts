/** Types of the Redis serialization protocol, and the two bytes that end each line. */
const [array, bulkString, integer, simpleString, minus, lineFeed] = [42, 36, 58, 43, 45, 10] as const;
const zero = 48;
/** Decimal digits that a number holds exactly. */
const safeDigits = 15;

/** A value, and where it ends. */
interface Decoded {
  value: unknown;
  end: number;
}

/**
 * Decodes the reply that begins at `start`. undefined: it is not complete, or contains something other than strings, integers and
 * lists of these.
 */
export function decodeReply(bytes: Buffer, start: number, strings: StringCache): Decoded | undefined {
  const decoded: Decoded = { value: undefined, end: start };
  return decodeInto(decoded, bytes, strings) ? decoded : undefined;
}

function decodeInto(decoded: Decoded, bytes: Buffer, strings: StringCache): boolean {
  const type = bytes[decoded.end];
  const from = decoded.end + 1;
  if (type === simpleString) {
    const end = bytes.indexOf(lineFeed, from);
    if (end < 0) return false;
    decoded.value = bytes.toString("utf8", from, end - 1);
    decoded.end = end + 1;
    return true;
  }
  if (type !== integer && type !== bulkString && type !== array) return false;
  decoded.end = from;
  if (!readInteger(decoded, bytes)) return false;
  if (type === integer) return true;
  const length = decoded.value as number;
  if (length < 0) {
    decoded.value = null;
    return true;
  }
  return type === bulkString ? readText(decoded, length, bytes, strings) : readList(decoded, length, bytes, strings);
}

function readText(decoded: Decoded, length: number, bytes: Buffer, strings: StringCache): boolean {
  const start = decoded.end;
  const end = start + length;
  if (end + 2 > bytes.length) return false;
  decoded.value = strings.string(bytes, start, end);
  decoded.end = end + 2;
  return true;
}

function readList(decoded: Decoded, length: number, bytes: Buffer, strings: StringCache): boolean {
  // Each entry has four bytes at least.
  if (length * 4 > bytes.length - decoded.end) return false;
  const list: unknown[] = [];
  for (let n = 0; n < length; n++) {
    if (!decodeInto(decoded, bytes, strings)) return false;
    list.push(decoded.value);
  }
  decoded.value = list;
  return true;
}

function readInteger(decoded: Decoded, bytes: Buffer): boolean {
  let at = decoded.end;
  const isNegative = bytes[at] === minus;
  if (isNegative) at++;
  const first = at;
  let number = 0;
  for (let digit = (bytes[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - zero)
    number = number * 10 + digit;
  if (at === first || at - first > safeDigits || bytes[at + 1] !== lineFeed) return false;
  decoded.value = isNegative ? -number : number;
  decoded.end = at + 2;
  return true;
}

const longestKept = 48;
const places = 256;

/**
 * Keeps short strings that occurred lately. Most strings of the hash of a job are those of the job before: the names of the fields, the
 * options, the worker.
 */
export class StringCache {
  readonly #strings: string[] = Array.from({ length: places }, () => "");

  string(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > longestKept) return bytes.toString("utf8", start, end);
    const place = placeOf(bytes, start, end);
    const known = this.#strings[place] as string;
    if (known.length === length && isAt(known, bytes, start)) return known;
    const text = bytes.toString("utf8", start, end);
    // Only ASCII: one byte for each character.
    if (text.length === length) this.#strings[place] = text;
    return text;
  }
}

function placeOf(bytes: Buffer, start: number, end: number): number {
  const [first, middle, last] = [bytes[start] ?? 0, bytes[(start + end) >> 1] ?? 0, bytes[end - 1] ?? 0];
  return (first * 7 + middle * 31 + last * 3 + (end - start) * 17) & (places - 1);
}

function isAt(text: string, bytes: Buffer, start: number): boolean {
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) !== bytes[start + n]) return false;
  return true;
}
