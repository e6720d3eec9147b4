import { notAFloat, notAnInteger } from "../reply.ts";

/** Formats a double as C's printf("%.<digits>g") does. */
export function formatDouble(value: number, digits: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e14) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa = "", exponentText = "0"] = value.toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) {
    const short = withoutTrailingZeros(mantissa);
    return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return withoutTrailingZeros(value.toFixed(Math.min(100, Math.max(0, digits - 1 - exponent))));
}

/** As Redis 7.0 formats scores, and the numbers that a script passes to a command. */
export function formatScore(value: number): string {
  return formatDouble(value, 17);
}

function withoutTrailingZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
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

const float = /^\s*[-+]?(?:[0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?|\.[0-9]+(?:e[-+]?[0-9]+)?|inf(?:inity)?)$/i;

/** A score or a timeout; undefined if it is not a number. */
export function readFloat(text: string): number | undefined {
  if (!float.test(text) || /^\s/.test(text)) return undefined;
  const lower = text.toLowerCase();
  if (lower.includes("inf")) return lower.startsWith("-") ? -Infinity : Infinity;
  return Number(lower);
}

export function parseFloatArgument(text: string): number {
  const value = readFloat(text);
  if (value === undefined) throw notAFloat();
  return value;
}
