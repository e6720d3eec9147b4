import { notAFloat, notAnInteger, ReplyError } from "../reply.ts";

/** Formats a double as C's printf("%.<digits>g") does. */
export function formatDouble(value: number, digits: number): string {
  if (Number.isSafeInteger(value) && Math.abs(value) < 10 ** digits) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa = "", exponentText = "0"] = roundHalfToEven(value, digits).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) {
    const short = withoutTrailingZeros(mantissa);
    return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return withoutTrailingZeros(plain(mantissa, exponent));
}

/** As toExponential, which rounds a number in the middle between two others up. */
function roundHalfToEven(value: number, digits: number): string {
  const rounded = value.toExponential(digits - 1);
  const exact = value.toExponential(100);
  const end = exact.indexOf(".") + digits;
  const [kept, rest] = [exact.slice(0, end), exact.slice(end)];
  const isTie = /^50*e/.test(rest) && "02468".includes(kept.at(-1) ?? "");
  return isTie ? kept + rest.slice(rest.indexOf("e")) : rounded;
}

/** Writes 1.25e2 as 125. */
function plain(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.padEnd(exponent + 1, "0");
  return `${sign}${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1)}`;
}

/** As Redis 7.0 formats scores, and the numbers that a script passes to a command. */
export function formatScore(value: number): string {
  return formatDouble(value, 17);
}

function withoutTrailingZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}

/** Redis accepts integers in canonical form only: no plus sign, leading zero or space. */
const integer = /^(?:0|-?[1-9][0-9]{0,18})$/;

export function isInteger(text: string): boolean {
  if (!integer.test(text)) return false;
  if (text.length < 16) return true;
  const value = BigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

export function parseInteger(text: string): number {
  if (!isInteger(text)) throw notAnInteger();
  return Number(text);
}

export function parseBigInteger(text: string): bigint {
  if (!isInteger(text)) throw notAnInteger();
  return BigInt(text);
}

/** An integer beyond 2^53 stays exact. */
export function integerReply(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const float =
  /^([-+]?)(?:(0x[0-9a-f]+)|([0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?|\.[0-9]+(?:e[-+]?[0-9]+)?)|(inf(?:inity)?|nan))$/i;

/** Reads a whole string as C's strtod does; undefined if it is not a number. */
export function readDouble(text: string): number | undefined {
  const match = float.exec(text);
  if (match === null) return undefined;
  const [, sign, hexadecimal, decimal, special = ""] = match;
  const digits = hexadecimal ?? decimal;
  const size = digits !== undefined ? Number(digits) : special.toLowerCase() === "nan" ? Number.NaN : Infinity;
  return sign === "-" ? -size : size;
}

/** A score or a timeout; undefined if it is not a number, or too large for a double. */
export function readFloat(text: string): number | undefined {
  const value = readDouble(text);
  if (value === undefined || Number.isNaN(value)) return undefined;
  return Number.isFinite(value) || /inf/i.test(text) ? value : undefined;
}

export function parseFloatArgument(text: string): number {
  const value = readFloat(text);
  if (value === undefined) throw notAFloat();
  return value;
}

/** Redis names every fault of a count in this way. */
export function parsePositive(text: string): number {
  if (!isInteger(text) || text.startsWith("-")) throw new ReplyError("ERR value is out of range, must be positive");
  return Number(text);
}
