/**
 * The source of BullMQ's error classes after a minifier. It renames the class, and with it the errors: `this.name` is the name of
 * the class. What remains is the default message, to which a constructor of exactly this form adds nothing else.
 */
const source =
  /^class\b[\s\w$]*\bextends Error\s*\{\s*(?:static\s*\{[^{}]*\}\s*)?constructor\(([\w$]+)\s*=\s*[\w$."':]+\)\s*\{\s*super\(\1\)[;,]\s*this\.name\s*=\s*this\.constructor\.name[;,]\s*Object\.setPrototypeOf\(this,\s*new\.target\.prototype\);?\s*\}\s*\}$/;

type ErrorClass = new () => Error;

const known = new WeakMap<ErrorClass, string>();

/** The default message of an error class of BullMQ's form; undefined: another class. */
export function defaultMessage(found: unknown): string | undefined {
  if (typeof found !== "function" || found.length > 0) return undefined;
  const Found = found as ErrorClass;
  const message = known.get(Found);
  if (message !== undefined) return message;
  if (!source.test(Function.prototype.toString.call(Found))) return undefined;
  const made = new Found().message;
  known.set(Found, made);
  return made;
}
