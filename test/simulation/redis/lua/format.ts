import { formatDouble } from "../data/number-text.ts";
import { numberArgument, textArgument } from "./convert.ts";
import { LuaError, type LuaValue } from "./values.ts";

/** As string.format: %d %i %u %c %x %X %e %f %g %s %q %%, with flags, width and precision. */
export function format(args: LuaValue[]): string {
  let next = 2;
  return textArgument(args, 1, "format").replace(
    /%([-+ #0]*)([0-9]*)(?:\.([0-9]*))?(.?)/gs,
    (_, flags: string, width: string, precision: string | undefined, kind: string) => {
      if (kind === "%") return "%";
      const digits = precision === undefined ? undefined : Number(precision);
      return pad(convert(kind, args, next++, digits), flags, Number(width), kind);
    },
  );
}

function convert(kind: string, args: LuaValue[], position: number, precision: number | undefined): string {
  switch (kind) {
    case "d":
    case "i":
    case "u":
      return integer(numberArgument(args, position, "format"))
        .toString()
        .padStart(precision ?? 0, "0");
    case "c":
      return String.fromCharCode(numberArgument(args, position, "format"));
    case "x":
    case "X": {
      const digits = BigInt.asUintN(64, integer(numberArgument(args, position, "format"))).toString(16);
      return kind === "x" ? digits : digits.toUpperCase();
    }
    case "e":
      return numberArgument(args, position, "format")
        .toExponential(precision ?? 6)
        .replace(/e([-+])([0-9])$/, "e$10$2");
    case "f":
      return fixed(numberArgument(args, position, "format"), precision ?? 6);
    case "g":
      return formatDouble(numberArgument(args, position, "format"), Math.max(1, precision ?? 6));
    case "s":
      return textArgument(args, position, "format").slice(0, precision);
    case "q":
      return `"${textArgument(args, position, "format")
        .replace(/["\\\n]/g, "\\$&")
        .replace(/\r/g, "\\r")
        .replace(/\0/g, "\\000")}"`;
    default:
      throw new LuaError(`invalid option '%${kind}' to 'format'`);
  }
}

/** A double out of range becomes the smallest integer. */
function integer(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatDouble(value, 6);
  // toFixed rounds a number in the middle between two others up, C to the even one.
  const exact = Math.abs(value) < 1e21 ? value.toFixed(Math.min(100, precision + 30)) : "";
  const kept = exact.slice(0, exact.indexOf(".") + precision + (precision === 0 ? 0 : 1));
  if (/^\.?50*$/.test(exact.slice(kept.length)) && "02468".includes(kept.at(-1) ?? "")) return kept;
  // toFixed writes large numbers with an exponent.
  if (Math.abs(value) < 1e21) return value.toFixed(precision);
  return `${BigInt(value)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
}

function pad(text: string, flags: string, width: number, kind: string): string {
  const signed = /[dieEfgG]/.test(kind) && !text.startsWith("-");
  const sign = signed && flags.includes("+") ? "+" : signed && flags.includes(" ") ? " " : "";
  const whole = sign + text;
  if (flags.includes("-")) return whole.padEnd(width);
  if (flags.includes("0") && kind !== "s") {
    const start = /^[-+ ]/.test(whole) ? 1 : 0;
    return whole.slice(0, start) + whole.slice(start).padStart(width - start, "0");
  }
  return whole.padStart(width);
}
